// Other Sidecars for a pod: what else could be listed, listened for, left out or registered for a call that travels otherwise than before.
import type { EgressListener } from '../../src/domain/kinds/sidecar.ts';
import type { KubeObject } from '../support/cluster.ts';
import { excusesIn } from './excuses.ts';
import { followedNamespaces } from './followed.ts';
import type { ExcusedCall } from './judge-fidelity.ts';
import { SHOP, type WorldSpec } from './world-spec.ts';

/** An edit of the egress listeners of a Sidecar, and what to remove with it. */
type Change = {
  readonly title: string;
  readonly kind: 'list' | 'listen' | 'remove';
  readonly listeners: (egress: readonly EgressListener[]) => readonly EgressListener[];
  /** Managed ServiceEntries for this host go. */
  readonly unregisters?: string;
};

type Present = {
  readonly world: WorldSpec;
  readonly objects: readonly KubeObject[];
  /** `namespace/name` of the Sidecar of the pod that calls. */
  readonly governing: string;
};

/** The objects after each change, each once. */
export function changedSidecars(
  excused: ExcusedCall,
  { world, objects, governing }: Present,
): readonly { readonly title: string; readonly changed: readonly KubeObject[] }[] {
  const changes = alternatives(singleChanges(excused, world, objects));
  const all = changes.map((change) => ({
    title: change.title,
    changed: withChange(objects, governing, change),
  }));
  const distinct = new Map(all.map((each) => [JSON.stringify(each.changed), each]));
  distinct.delete(JSON.stringify(objects));
  return [...distinct.values()];
}

function withChange(
  objects: readonly KubeObject[],
  governing: string,
  { listeners, unregisters }: Change,
): readonly KubeObject[] {
  return objects.flatMap((object) => {
    const { namespace = '', name } = object.metadata;
    if (object.kind === 'ServiceEntry' && name.startsWith('egress-intent') && unregisters !== undefined) {
      const { hosts } = object['spec'] as { readonly hosts: readonly string[] };
      return hosts.includes(unregisters) ? [] : [object];
    }
    if (object.kind !== 'Sidecar' || `${namespace}/${name}` !== governing) return [object];
    const spec = object['spec'] as { readonly egress: readonly EgressListener[] };
    return [{ ...object, spec: { ...spec, egress: listeners(spec.egress) } }];
  });
}

/** Each change alone, and each pair of two kinds. */
const alternatives = (changes: readonly Change[]): readonly Change[] => [
  ...changes,
  ...changes.flatMap((first, at) =>
    changes.slice(at + 1).flatMap((second): Change[] => {
      if (first.kind === second.kind) return [];
      const unregisters = first.unregisters ?? second.unregisters;
      return [
        {
          title: `${first.title}, and ${second.title}`,
          kind: first.kind,
          listeners: (egress) => second.listeners(first.listeners(egress)),
          ...(unregisters === undefined ? {} : { unregisters }),
        },
      ];
    }),
  ),
];

const listed = (egress: readonly EgressListener[], hosts: readonly string[]): readonly EgressListener[] =>
  egress.map((listener) => ({ ...listener, hosts: [...new Set([...listener.hosts, ...hosts])] }));

const PROTOCOLS = ['HTTP', 'TLS', 'TCP', undefined] as const;

/** What could be listed, listened for or left out: for the objects that the diagnostics name, the called name, and the ports of the call. */
function singleChanges(
  { call, codes }: ExcusedCall,
  world: WorldSpec,
  objects: readonly KubeObject[],
): readonly Change[] {
  const { port, name, place } = call.attempt;
  // What a stranger writes is not followed, so that nothing of it may be listed.
  const { trusted = [] } = world;
  const followed = [...followedNamespaces({ caller: SHOP, trusted, providers: call.providers })];
  const about = excusesIn(call.diagnostics).filter(({ code }) => codes.includes(code));
  const named = objects.filter(
    ({ metadata: { namespace = '', name: title } }) =>
      followed.includes(namespace) && about.some((each) => each.about === `${namespace}/${title}`),
  );
  const names = [...new Set([name, ...(place === undefined ? [] : [place.host])])].filter(
    (each) => each !== '',
  );
  const hosts = named.flatMap(({ metadata: { namespace = '' }, spec }) => {
    const own = ((spec as { readonly hosts?: readonly string[] }).hosts ?? []).filter((host) =>
      host.includes('.'),
    );
    return [...names, ...own, '*'].map((host) => `${namespace}/${host}`);
  });
  const called = followed.flatMap((namespace) => names.map((host) => `${namespace}/${host}`));
  const ends = about.flatMap(({ kind, about: end }) =>
    kind === 'end' ? followed.map((namespace) => `${namespace}/${end.split(':')[0] ?? ''}`) : [],
  );
  const all = [...new Set([...called, ...hosts, ...ends])];
  return [
    ...all.map((host) => ({
      kind: 'list' as const,
      title: `${host} is listed`,
      listeners: (egress: readonly EgressListener[]) => listed(egress, [host]),
    })),
    ...PROTOCOLS.flatMap((protocol) =>
      ['', ...all].map((host) => ({
        kind: 'listen' as const,
        title: `port ${port} has a listener of protocol ${protocol ?? 'none'} with ${host || 'what is listed'}`,
        listeners: (egress: readonly EgressListener[]) => withListener(egress, port, protocol, host),
      })),
    ),
    ...names.map((host) => ({
      kind: 'remove' as const,
      title: `our ServiceEntry for ${host} is removed`,
      listeners: (egress: readonly EgressListener[]) => egress,
      unregisters: host,
    })),
    {
      kind: 'remove' as const,
      title: 'nothing is excluded',
      listeners: (egress) =>
        egress.map((each) => ({ ...each, hosts: each.hosts.filter((host) => !host.startsWith('~')) })),
    },
  ];
}

/** With the hosts of the listener for the port, or else of that without a port, which keeps those that the port may gain. */
function withListener(
  egress: readonly EgressListener[],
  number: number,
  protocol: (typeof PROTOCOLS)[number],
  host: string,
): readonly EgressListener[] {
  const existing =
    egress.find(({ port }) => port?.number === number) ?? egress.find(({ port }) => port === undefined);
  const hosts = [...new Set([...(existing?.hosts ?? []), ...(host === '' ? [] : [host])])];
  const rest = egress.filter(({ port }) => port?.number !== number);
  const port = { number, name: `p-${number}`, ...(protocol === undefined ? {} : { protocol }) };
  return hosts.length === 0 ? egress : [{ port, hosts }, ...rest];
}
