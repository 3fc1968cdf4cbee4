// Mistakes that a compiler like ours might have, as edits of its source. The proof must find each of them.

export type Mutation = {
  /** What the compiler does wrong. */
  readonly mistake: string;
  /** Below `src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** A seed that does not take many worlds to find it; default 1. */
  readonly seed?: number;
};

export const MUTATIONS: readonly Mutation[] = [
  {
    mistake: 'drops the port filter',
    file: 'compile/sidecar/merge-grants.ts',
    find: "if (wanted.includes('every')) return EVERY_PORT;",
    replace: 'if (wanted.length > 0) return EVERY_PORT;',
  },
  {
    mistake: 'lists a Service of any namespace: */host instead of ns/host',
    seed: 2,
    file: 'compile/grants/from-service.ts',
    find: 'target(`${namespace}/${serviceHost(name, namespace, clusterDomain)}`, ports)',
    replace: 'target(`*/${serviceHost(name, namespace, clusterDomain)}`, ports)',
  },
  {
    mistake: 'lists a whole namespace for one Service',
    file: 'compile/grants/from-service.ts',
    find: 'target(`${namespace}/${serviceHost(name, namespace, clusterDomain)}`, ports)',
    replace: 'target(`${namespace}/*`, ports)',
  },
  {
    mistake: "forgets the namespace default in an app's Sidecar",
    file: 'compile/scopes.ts',
    find: 'const within = index.within(selector);',
    replace:
      'const own = (s: Labels): number => Object.keys(s).length; const within = index.within(selector).filter((one) => own(selector) === 0 || own(one.selector) > 0);',
  },
  {
    mistake: 'makes no Sidecar for a pod that two intents match',
    file: 'compile/scopes.ts',
    find: 'if (matching.length === 0) continue;',
    replace: 'if (matching.length !== 1) continue;',
  },
  {
    mistake: 'ranks the less specific Sidecar first',
    file: 'compile/object-names.ts',
    find: '999 - values.length',
    replace: '100 + values.length',
  },
  {
    mistake: 'writes egress: [] for an empty list',
    file: 'compile/sidecar/egress-listeners.ts',
    find: 'listeners: listeners.length === 0 ? [IMPORT_NOTHING] : listeners,',
    replace: 'listeners,',
  },
  {
    mistake: 'lets out what no list names',
    file: 'compile/sidecar/sidecar.ts',
    find: "outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }",
    replace: "outboundTrafficPolicy: { mode: 'ALLOW_ANY' as 'REGISTRY_ONLY' }",
  },
  {
    mistake: 'forgets the platform hosts',
    file: 'compile/sidecar/merge-grants.ts',
    find: 'for (const host of platformHosts) merge(',
    replace: 'for (const host of platformHosts.slice(1)) merge(',
  },
  {
    mistake: 'takes Audit for Enforce',
    file: 'compile/scopes.ts',
    find: "const restricted = within.some(({ mode }) => mode === 'Enforce')",
    replace: "const restricted = within.every(({ mode }) => mode === 'Enforce')",
  },
  {
    mistake: 'merges the ports of one range under one name',
    file: 'compile/object-names.ts',
    find: '-${port}-${hash(`${cidr} ${port}`)}`',
    replace: '-${hash(`${cidr} ${port === 0}`)}`',
  },
  {
    mistake: 'gives a range the addresses of all',
    file: 'compile/grants/service-entries.ts',
    find: 'addresses: [cidr],',
    replace: "addresses: ['0.0.0.0/0'],",
  },
  {
    mistake: 'leaves the address of an exact host to the client',
    file: 'compile/grants/service-entries.ts',
    find: "if (!host.startsWith('*.')) return 'DNS';",
    replace: "if (!host.startsWith('*.')) return 'NONE';",
  },
  {
    mistake: 'registers only the ports of the first that asks for a host',
    file: 'compile/grants/service-entries.ts',
    find: '[...new Map(ports.map((port) => [port.port, port])).values()];',
    replace: '[...new Map(ports.map((port) => [port.port, port])).values()].slice(0, 1);',
  },
  {
    mistake: 'lets a wildcard bring along the hosts of others',
    file: 'compile/sidecar/wildcard-hosts.ts',
    find: 'if (uninvited.length === 0) return destination;',
    replace: 'if (uninvited.length >= 0) return destination;',
  },
  {
    mistake: 'does not see that two namespaces have one name',
    seed: 10,
    file: 'compile/sidecar/hostname-collisions.ts',
    find: 'return first && rivals.length > 0 ?',
    replace: 'return first && rivals.length > 99 ?',
  },
  {
    mistake: 'gives one port to two TCP hosts',
    seed: 4,
    file: 'compile/sidecar/tcp-port-collisions.ts',
    find: 'if (holder === undefined || holder === host) {',
    replace: 'if (holder !== port.toString()) {',
  },
  {
    mistake: 'registers a TCP host that has no address of its own',
    file: 'compile/grants/from-host.ts',
    find: "protocol === 'TCP' && !hasAddress(host, snapshot)",
    replace: "protocol === 'TCP' && host === ''",
  },
  {
    mistake: 'limits a headless Service by port',
    seed: 2,
    file: 'compile/sidecar/port-listener.ts',
    find: "if (addressing === 'per-pod') return limited ? 'unreachable' : 'default-listener';",
    replace: "if (addressing === 'per-pod') return limited ? 'listed' : 'default-listener';",
  },
  {
    mistake: 'thinks that an HTTP listener leaves room for TLS',
    seed: 2,
    file: 'compile/sidecar/port-listener.ts',
    find: "new Set(['HTTP', 'TLS', 'TCP-any'])",
    replace: "new Set(['TLS', 'TCP-any'])",
  },
  {
    mistake: 'trusts a port whose number is UDP first',
    seed: 2,
    file: 'compile/sidecar/port-limits.ts',
    find: 'udpFirst: host.udpFirst.length > 0,',
    replace: 'udpFirst: host.udpFirst.length > 99,',
  },
  {
    mistake: "gives the hosts of other intents with the own namespace's Services",
    seed: 2,
    file: 'compile/grants/from-namespace.ts',
    find: "const services = serviceHost('*', namespace, settings.clusterDomain);",
    replace: "const services = '*';",
  },
  {
    mistake: 'knows an alias but not what it leads to',
    seed: 2,
    file: 'compile/grants/external-name.ts',
    find: 'target(`${namespace}/${host.host}`, ports, aliases)',
    replace: 'target(`${namespace}/${names[0]}`, ports, aliases)',
  },
];
