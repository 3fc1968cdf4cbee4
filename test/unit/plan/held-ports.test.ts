// A ServiceEntry stays as it stands while an intent contributes to it that is invalid or paused, with ports that nobody else grants. The Sidecars of other
// intents are written all the same, and keep these ports closed.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isBelow } from '../../../src/domain/istio/egress-host.ts';
import { compiled, type Compiled } from '../../support/compiler.ts';
import { created, type ClusterObject } from '../../support/cluster-objects.ts';
import { modelMesh } from '../../support/model-mesh.ts';

const NAMESPACE = 'shop';
const definition = (uid: string, day: string): ClusterObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'egressintents.egressintent.io', uid, ...created(day) },
});

const intent = (name: string, allow: readonly unknown[], more: object = {}): ClusterObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: NAMESPACE, uid: `uid-${name}`, ...created('05'), ...more },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow },
});

const free = (allow: readonly unknown[]): ClusterObject => intent('free', allow, created('09'));

const host = (name: string, ...ports: readonly number[]) => ({
  host: name,
  ports: ports.map((port) => ({ port, protocol: 'TLS' })),
});

const holding = (ports: readonly number[], more: object = {}): ClusterObject =>
  intent('held', [host('a.ext.com', ...ports)], more);

/** How the other intent of the namespace comes to hold what stands; it was valid before, with both ports. */
const HOLDING: Readonly<Record<string, readonly ClusterObject[]>> = {
  invalid: [definition('first', '01'), { ...holding([443, 8443]), spec: { allow: [{ host: '1.2.3.4' }] } }],
  'paused, and edited': [
    definition('first', '01'),
    holding([443], { annotations: { 'egressintent.io/paused': 'true' } }),
  ],
  'lost with its definition': [definition('second', '09')],
};

type Edit = { readonly after: readonly unknown[]; readonly granted: readonly [host: string, port: number] };

/** What the intent `free` allows before and after an edit, and a host and port that it is granted then. Never port 8443 of the host that is held. */
const EDITS: Readonly<Record<string, readonly [before: readonly unknown[], edit: Edit]>> = {
  'grants the other port of the host': [
    [host('b.ext.com', 443)],
    { after: [host('b.ext.com', 443), host('a.ext.com', 443)], granted: ['shop/a.ext.com', 443] },
  ],
  'had both ports too': [
    [host('a.ext.com', 443, 8443), host('b.ext.com', 443)],
    { after: [host('a.ext.com', 443), host('b.ext.com', 443)], granted: ['shop/b.ext.com', 443] },
  ],
  'grants a wildcard above the host': [
    [host('b.ext.com', 443)],
    { after: [host('*.ext.com', 8443)], granted: ['shop/x.ext.com', 8443] },
  ],
  'grants its namespace': [
    [host('b.ext.com', 443)],
    { after: [host('b.ext.com', 443), { namespace: { name: NAMESPACE } }], granted: ['shop/b.ext.com', 443] },
  ],
};

function settle(mesh: ReturnType<typeof modelMesh>, objects: readonly ClusterObject[]): Compiled {
  for (let round = 0; round < 5; round += 1) {
    const result = compiled([...objects, ...mesh.objects()], NAMESPACE);
    const steps = result.plan.phases.flat();
    if (steps.length === 0) return result;
    for (const step of steps) mesh.apply(step);
  }
  throw new Error('the plan is not empty after five rounds');
}

const Sidecar = z.object({
  kind: z.literal('Sidecar'),
  spec: z.object({
    workloadSelector: z.object({ labels: z.object({ app: z.string() }) }),
    egress: z.array(
      z.object({ port: z.object({ number: z.number() }).optional(), hosts: z.array(z.string()) }),
    ),
  }),
});

/** Whether the Sidecar for the pods with this label has a port of the host. */
function allows(
  mesh: ReturnType<typeof modelMesh>,
  app: string,
  egressHost: string,
  number: number,
): boolean {
  const sidecars = mesh.objects().flatMap((object) => Sidecar.safeParse(object).data ?? []);
  const sidecar = sidecars.find(({ spec }) => spec.workloadSelector.labels.app === app);
  if (sidecar === undefined) throw new Error(`no Sidecar for ${app}`);
  return sidecar.spec.egress.some(
    ({ port, hosts }) =>
      (port?.number ?? number) === number &&
      hosts.some((listed) => isBelow(listed, egressHost)) &&
      !hosts.includes(`~${egressHost}`),
  );
}

const cases = Object.entries(HOLDING).flatMap(([how, holder]) =>
  Object.entries(EDITS).map(([what, edit]) => ({ how, holder, what, edit })),
);

describe('beside an intent that holds a ServiceEntry, another one is written, and the held port stays closed for it', () => {
  test.each(cases)('$how: $what', ({ holder, edit: [before, { after, granted }] }) => {
    const mesh = modelMesh(NAMESPACE, Date.parse('2026-01-10T00:00:00Z'));
    settle(mesh, [definition('first', '01'), holding([443, 8443]), free(before)]);
    const { plan } = settle(mesh, [...holder, free(after)]);
    const withheld = plan.withheld.filter(({ kind, name }) => kind === 'Sidecar' && name.includes('free'));
    expect(withheld).toEqual([]);
    expect(allows(mesh, 'held', 'shop/a.ext.com', 8443)).toBe(true);
    expect(allows(mesh, 'free', 'shop/a.ext.com', 8443)).toBe(false);
    expect(allows(mesh, 'free', ...granted)).toBe(true);
  });

  test.each(Object.entries(EDITS))('until that one is gone: %s', (_what, [before, { after, granted }]) => {
    const [mesh, fresh] = [before, after].map(() => modelMesh(NAMESPACE, Date.parse('2026-01-10T00:00:00Z')));
    if (mesh === undefined || fresh === undefined) throw new Error('two meshes');
    settle(mesh, [definition('first', '01'), holding([443, 8443]), free(before)]);
    settle(mesh, [...(HOLDING['invalid'] ?? []), free(after)]);
    const { plan } = settle(mesh, [definition('first', '01'), free(after)]);
    const alone = settle(fresh, [definition('first', '01'), free(after)]);
    expect(plan.sidecars.map(({ desired }) => desired.spec)).toEqual(
      alone.plan.sidecars.map(({ desired }) => desired.spec),
    );
    expect(plan.withheld).toEqual([]);
    expect(allows(mesh, 'free', ...granted)).toBe(true);
  });
});
