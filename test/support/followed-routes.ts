// An intent of namespace `shop` beside VirtualServices of others: what its Sidecar lists, and what is said.
import {
  created,
  routeTo,
  service,
  serviceEntry,
  virtualService,
  type ClusterObject,
} from './cluster-objects.ts';
import { compiled, settingsWith } from './compiler.ts';

/** A Service that the intent of `followed` grants. */
export const API = 'api.green.svc.cluster.local';
const GREEN = [service('green/api', { http: 80, 'http-admin': 9090 }), service('green/canary', { http: 80 })];

function intentOf(allow: readonly object[]): ClusterObject {
  const metadata = { name: 'app', namespace: 'shop', uid: 'u', ...created('01') };
  return { apiVersion: 'egressintent.io/v1alpha1', kind: 'EgressIntent', metadata, spec: { allow } };
}

/** The hosts of each listener, kube-dns left out, and the findings. */
export function followed(
  objects: readonly ClusterObject[],
  allow: readonly object[] = [{ service: { name: 'api', namespace: 'green' } }],
  trustedNamespaces: readonly string[] = [],
) {
  const settings = settingsWith({ platformHosts: [], trustedNamespaces });
  const { compilation } = compiled([...GREEN, intentOf(allow), ...objects], 'shop', settings);
  return {
    listed: compilation.sidecars.flatMap(({ spec }) =>
      spec.egress.map(({ port, hosts }) => `${port?.number ?? '*'}: ${hosts.join(' ')}`),
    ),
    codes: compilation.diagnostics.map((diagnostic) =>
      diagnostic.code === 'RouteNotFollowed' ? `RouteNotFollowed ${diagnostic.reason}` : diagnostic.code,
    ),
  };
}

/** A ServiceEntry for `a.example.com`, of a day. */
export const entry = (name: string, day: string, spec: object) =>
  serviceEntry(name, { hosts: ['a.example.com'], ...spec }, created(day));

/** A VirtualService that leads to another Service of its namespace. */
export const canary = (name: string, hosts: readonly string[] = [API], more: object = {}) =>
  virtualService(name, { hosts, http: [routeTo('canary.green.svc.cluster.local')], ...more });
