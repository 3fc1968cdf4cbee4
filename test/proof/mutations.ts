// Mistakes that a compiler of intents could make, as edits of its source. The proof must find each of them.

export type Mutation = {
  /** What the broken compiler does: completes "a compiler that ...". */
  readonly mistake: string;
  /** Path below `src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** A seed that finds it in few worlds; default 1. */
  readonly seed?: number;
};

export const MUTATIONS: readonly Mutation[] = [
  {
    mistake: 'ignores port limits',
    file: 'compile/sidecar/merge-grants.ts',
    find: "if (wanted.includes('every')) return EVERY_PORT;",
    replace: 'if (wanted.length > 0) return EVERY_PORT;',
  },
  {
    mistake: 'lists a Service of any namespace: */host instead of ns/host',
    seed: 2,
    file: 'compile/grants/answering-elsewhere.ts',
    find: 'target(egressHost(registered), ports, aliases)',
    replace: 'target(`*/${registered.host}`, ports, aliases)',
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
      'const size = (s: Labels): number => Object.keys(s).length; const within = index.within(selector).filter((intent) => size(selector) === 0 || size(intent.selector) > 0);',
  },
  {
    mistake: 'writes no Sidecar for a pod that two intents match',
    file: 'compile/scopes.ts',
    find: 'if (matching.length === 0) continue;',
    replace: 'if (matching.length !== 1) continue;',
  },
  {
    mistake: 'gives precedence to the less specific Sidecar',
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
    mistake: 'allows destinations that no Sidecar lists',
    file: 'compile/scope-sidecar.ts',
    find: "outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }",
    replace: "outboundTrafficPolicy: { mode: 'ALLOW_ANY' as 'REGISTRY_ONLY' }",
  },
  {
    mistake: 'forgets the platform hosts',
    file: 'compile/sidecar/merge-grants.ts',
    find: 'for (const { host, ports } of platformHosts) merge(',
    replace: 'for (const { host, ports } of platformHosts.slice(1)) merge(',
  },
  {
    mistake: 'restricts a pod only if all its intents enforce',
    file: 'compile/scopes.ts',
    find: 'const restricted = within.some(isEnforced);',
    replace: 'const restricted = within.every(isEnforced);',
  },
  {
    mistake: 'gives the ServiceEntries of one range the same name for every port',
    file: 'compile/object-names.ts',
    find: '-${port}-${hash(`${cidr} ${port}`)}`',
    replace: '-${hash(`${cidr} ${port === 0}`)}`',
  },
  {
    mistake: 'opens every address for a range',
    file: 'compile/grants/service-entries.ts',
    find: 'addresses: [cidr],',
    replace: "addresses: ['0.0.0.0/0'],",
  },
  {
    mistake: 'lets the client choose the address of an exact host',
    file: 'compile/grants/service-entries.ts',
    find: "if (!host.startsWith('*.')) return 'DNS';",
    replace: "if (!host.startsWith('*.')) return 'NONE';",
  },
  {
    mistake: 'registers a host with the ports of its first intent only',
    file: 'compile/grants/service-entries.ts',
    find: '[...new Map(ports.map((port) => [port.port, port])).values()];',
    replace: '[...new Map(ports.map((port) => [port.port, port])).values()].slice(0, 1);',
  },
  {
    mistake: 'does not exclude the hosts of other intents from a wildcard',
    file: 'compile/sidecar/wildcard-hosts.ts',
    find: 'if (excess.length === 0) return { destination, exclusions };',
    replace: 'if (excess.length >= 0) return { destination };',
  },
  {
    mistake: 'misses that two namespaces register the same host',
    seed: 13,
    file: 'compile/sidecar/hostname-collisions.ts',
    find: 'return dropped.length > 0 ?',
    replace: 'return dropped.length > 99 ?',
  },
  {
    mistake: 'grants one port to two TCP hosts without addresses',
    seed: 4,
    file: 'compile/sidecar/tcp-port-collisions.ts',
    find: 'return oldest.host === claim.host || isWithin ? []',
    replace: 'return oldest.port === claim.port || isWithin ? []',
  },
  {
    mistake: 'registers a TCP host without an address',
    file: 'compile/grants/from-host.ts',
    find: "protocol === 'TCP' && !hasAddress(host, snapshot)",
    replace: "protocol === 'TCP' && host === ''",
  },
  {
    mistake: 'limits a headless Service by port',
    file: 'compile/sidecar/port-listener.ts',
    find: "'tcp per-pod limited':    cells(nowhere,    nowhere,    nowhere,    nowhere,    nowhere)",
    replace: "'tcp per-pod limited': cells(listed, listed, listed, listed, listed)",
  },
  {
    mistake: 'leaves a TLS host to the default listener where an HTTP listener owns the port',
    seed: 2,
    file: 'compile/sidecar/port-listener.ts',
    find: "'tls name unlimited':     cells(nowhere,    viaDefault,",
    replace: "'tls name unlimited': cells(viaDefault, viaDefault,",
  },
  {
    mistake: 'limits a Service to a port that is UDP first',
    seed: 2,
    file: 'compile/sidecar/port-limits.ts',
    find: 'udpFirst: host.udpFirst.length > 0,',
    replace: 'udpFirst: host.udpFirst.length > 99,',
  },
  {
    mistake: "grants the hosts of other intents with the app's own namespace",
    seed: 2,
    file: 'compile/grants/from-namespace.ts',
    find: "const services = serviceHost('*', namespace, settings.clusterDomain);",
    replace: "const services = '*';",
  },
  {
    mistake: 'lists an ExternalName but not the Service that it points to',
    seed: 2,
    file: 'compile/grants/answering-elsewhere.ts',
    find: 'targets: [target(egressHost(registered), ports, aliases), ...short.targets]',
    replace:
      'targets: [target(`${namespace}/${names[0] ?? registered.host}`, ports, aliases), ...short.targets]',
  },
  {
    mistake: 'passes over an object with a field that is null',
    file: 'domain/kinds/absent.ts',
    find: 'const kept = field === null ? inPlaceOfNull : without(field, name, key);',
    replace: 'const kept = field === null ? (inPlaceOfNull ?? null) : without(field, name, key);',
  },
];
