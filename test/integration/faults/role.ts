// The role of the controller is taken away and granted again: 403 for everything, from the API server itself.
import { manifests } from '../../support/deploy.ts';
import { refOf } from '../../support/cluster.ts';
import type { Begun, Stage } from './stage.ts';

export async function withoutRole({ cluster, proxy }: Stage): Promise<Begun> {
  const bindings = (await manifests()).filter(({ kind }) => kind === 'ClusterRoleBinding');
  for (const binding of bindings) await cluster.remove(refOf(binding));
  const before = proxy.requests().length;
  proxy.endOpen('reset');
  return {
    cure: async () => {
      for (const binding of bindings) await cluster.apply(binding);
    },
    expectFelt: () => {
      const forbidden = proxy
        .requests()
        .slice(before)
        .filter(({ status }) => status === 403);
      if (forbidden.length < 10) throw new Error(`${forbidden.length} requests were forbidden`);
    },
  };
}
