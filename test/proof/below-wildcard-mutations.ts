// Mistakes about hosts below granted wildcards that have a port of the wildcard with another protocol: part of FIDELITY_MUTATIONS.
import type { FidelityMutation } from './fidelity-mutations.ts';

export const BELOW_WILDCARD_MUTATIONS: readonly FidelityMutation[] = [
  {
    mistake: 'lets a wildcard take calls that end at a host below it with another protocol',
    foundBy: 'B1 wildcard with every port',
    file: 'compile/grants/below-wildcard/registered-below.ts',
    find: 'granted.some((other) => answersLike(registered, port, other))',
    replace: 'granted.some((other) => answersLike(registered, port, other) && isSamePort(port)(other))',
  },
  {
    mistake: 'gives a port of a wildcard to hosts below it with another protocol',
    foundBy: 'B2d',
    file: 'compile/sidecar/port-listener.ts',
    find: '.filter(({ givesWay }) => !givesWay)',
    replace: '.filter(({ givesWay }) => !givesWay || givesWay)',
  },
  {
    mistake: 'lists no HTTP of a host below a wildcard whose protocol Envoy detects',
    foundBy: 'B3',
    file: 'compile/sidecar/port-listener.ts',
    find: "const calledAs = givesWay && portClass === 'auto'",
    replace: "const calledAs = givesWay && portClass === 'tcp'",
  },
  {
    mistake: 'detects HTTP for a host with TLS below a wildcard with HTTP',
    foundBy: 'B4',
    file: 'compile/sidecar/port-listener.ts',
    find: "(givesWay && portClass === 'tls' && kind === 'sniffed')",
    replace: "(givesWay && portClass === 'tls' && kind === 'HTTP')",
  },
  {
    mistake: 'says that a host takes a port of which only HTTP reaches it',
    foundBy: 'B3',
    file: 'compile/sidecar/unmatched-tcp.ts',
    find: ' && !isHttpOnly(each.host, each.port)',
    replace: ' && !isHttpOnly(each.host, -each.port)',
  },
];
