// Mistakes that a compiler could make about what a Sidecar cannot keep of how granted calls travel. Each of them leaves a call unexplained in the world
// of excuse-worlds/ for the code.
import type { Mutation } from './mutations.ts';

export type ExcuseMutation = Mutation & {
  /** The code of the diagnostic that is no longer there. */
  readonly code: string;
};

export const EXCUSE_MUTATIONS: readonly ExcuseMutation[] = [
  {
    mistake: 'takes TLS that is called as TCP for TLS',
    code: 'TlsCalledAsTcp',
    file: 'compile/interference/tls/tls-as-tcp.ts',
    find: "if (number === undefined || protocol !== 'TCP') return [];",
    replace: "if (number === undefined || protocol !== 'HTTP') return [];",
  },
  {
    mistake: 'overlooks that a route ends at our own registration',
    code: 'RouteEndReplaced',
    file: 'compile/interference/lost-ends.ts',
    find: '(each) => each.managed || each.namespace !== before.namespace || !has(each)',
    replace: '(each) => !each.managed && each.namespace !== before.namespace',
  },
  {
    mistake: 'overlooks ports that are UDP as well at the end of a route',
    code: 'RouteDisplacesHost',
    file: 'compile/routes/end-registration.ts',
    find: 'namespace !== carried.provider || udpFirst.length > 0,',
    replace: 'namespace !== carried.provider || udpFirst.length > 9,',
  },
  {
    mistake: 'overlooks that a listener which detects HTTP serves it at addresses only',
    code: 'HttpAtAddressOnly',
    file: 'compile/sidecar/egress-listeners.ts',
    find: ".filter(({ port }) => port.class === 'http'),",
    replace: ".filter(({ port }) => port.class === 'tls'),",
  },
  {
    mistake: 'overlooks that a range takes the HTTP of a host that the namespace registers',
    code: 'CidrTakesHost',
    file: 'compile/grants/within-range/registered-within.ts',
    find: '(isWithinRange(entry, cidr) && isListed(host, port, snapshot)) === isWanted',
    replace:
      "(isWithinRange(entry, cidr) && isListed(host, port, snapshot)) === isWanted && (isWanted || port.class !== 'http')",
  },
];
