// Mistakes about routes whose effect depends on the listener that carries the call: part of FIDELITY_MUTATIONS.
import type { FidelityMutation } from './fidelity-mutations.ts';

export const LISTENER_MUTATIONS: readonly FidelityMutation[] = [
  {
    mistake: 'forgets that an own route keeps a less exact one away',
    foundBy: 'L2: an own route',
    file: 'compile/routes/closest-routes.ts',
    find: 'closest(host) > own;',
    replace: 'closest(host) > Infinity;',
  },
  {
    mistake: 'lists a less exact route that an own one keeps away',
    foundBy: 'L2b: the same with a VirtualService',
    file: 'compile/routes/deciding-routes.ts',
    find: 'deciding: [...routing, ...keeping],',
    replace: 'deciding: [...routing, ...less],',
  },
  {
    mistake: 'lists a host that only a VirtualService knows in no listener for port 80',
    foundBy: 'L1e: the same',
    file: 'compile/routes/list-only-routed.ts',
    find: '(each === own ? withDestinations(each, routed) : each)',
    replace: '(each === own ? withDestinations(each, routed.slice(99)) : each)',
  },
  {
    mistake: 'says nothing of a host without listener',
    foundBy: 'L1c: the same',
    file: 'domain/istio/registered-host.ts',
    find: "(port.class === 'auto' && addressing === 'name')",
    replace: "(port.class === 'auto' && addressing !== 'range')",
  },
  {
    mistake: 'takes tcp routes to apply in a listener of TLS',
    foundBy: 'L4: tcp routes',
    file: 'compile/routes/deciding-routes.ts',
    find: "protocol === 'tcp' && spec.port?.protocol === 'TLS';",
    replace: "protocol === 'tcp' && spec.port?.protocol === 'HTTP';",
  },
  {
    mistake: 'lists no shorter name of a Service that a ServiceEntry registers',
    foundBy: 'a ServiceEntry of the caller for a shorter name of a Service',
    file: 'compile/grants/beside-service/short-names.ts',
    find: "port.class === 'http' && registered.ports.some(isSamePort(port))",
    replace: "port.class === 'tls' && registered.ports.some(isSamePort(port))",
  },
  {
    mistake: 'does not list an ExternalName Service at the end of a route',
    foundBy: 'A1 an alias at the end of a route, with its target granted',
    file: 'compile/routes/alias-ends.ts',
    find: 'callableByName.named(target).length > 0 &&',
    replace: 'callableByName.named(target).length > 99 &&',
  },
  {
    mistake: 'tells of a route that another listener imports',
    foundBy: 'L6c',
    file: 'compile/interference/called-hosts.ts',
    find: 'if (!lists(name)) return [];',
    replace: "if (!lists(name) && name === '') return [];",
  },
  {
    mistake: 'tells of HTTP in the listener without a port that another one has',
    foundBy: 'L6f',
    file: 'compile/interference/called-hosts.ts',
    find: "if (port.class === 'http') return [];",
    replace: "if (port.class === 'http') return [port];",
  },
  {
    mistake: 'says that a route is not followed where another listener follows it',
    foundBy: 'L6d',
    file: 'compile/routes/deciding-routes.ts',
    find: '  served === name ||',
    replace: "  name.name !== '' ||",
  },
  {
    mistake: 'tells of http routes that a closer VirtualService outdoes',
    foundBy: 'L7:',
    file: 'compile/interference/called-hosts.ts',
    find: '(isOutdone(partsOf(host).name, routes) || isIgnoredFor',
    replace: '(isIgnoredFor',
  },
];
