// The calls that the oracle judges for each pod of a random world: each place as its clients call it, and calls with an address, port
// or name that does not belong together, as a pod that tries to bypass its Sidecar would make them.
import {
  serviceEntryPlaces,
  outsidePlace,
  OUTSIDE_ADDRESS,
  servicePlaces,
  type Place,
} from './callable-places.ts';
import { HOSTS, WILDCARDS, type WorldSpec } from './world-spec.ts';

/** One call. `place` is present if the call is made as the clients of that place make it. */
export type Attempt = {
  readonly protocol: 'http' | 'tls' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly name: string;
  /** Of an HTTP request; default `/` and no header. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly place?: Place;
};

const PORTS = [80, 443, 5432, 8080, 7777] as const;
const OUTSIDE_PORTS = [
  [443, 'TLS'],
  [80, 'HTTP'],
  [8080, 'HTTP'],
  [8080, 'TLS'],
  [5432, 'TCP'],
  [443, 'TCP'],
] as const;
/** An address that does not belong to the host whose name is sent to it. */
const OTHER_ADDRESS = '93.184.216.99';
const RANGE_ADDRESSES = ['203.0.113.7', '203.0.113.200', '198.51.100.9', '198.51.100.10'] as const;

/** The protocols in which clients call a port of a class; a port that is sniffed is called in two. */
const CLIENT_PROTOCOLS = { http: ['http'], tls: ['tls'], tcp: ['tcp'], auto: ['http', 'tcp'] } as const;

export const clientAttempts = (place: Place): readonly Attempt[] =>
  CLIENT_PROTOCOLS[place.class].map((protocol) => {
    const { address, port, name } = place;
    return { protocol, address, port, name, place };
  });

export function attemptsIn(world: WorldSpec): readonly Attempt[] {
  const places = [
    ...servicePlaces(world),
    ...serviceEntryPlaces(world),
    ...[...HOSTS, ...WILDCARDS].flatMap((host) =>
      OUTSIDE_PORTS.map(([port, protocol]) => outsidePlace(host, port, protocol, world.dnsCapture)),
    ),
  ];
  const serviceSpoofs = servicePlaces(world).flatMap(({ address, name, port }): Attempt[] => [
    { protocol: 'http', address: OTHER_ADDRESS, port, name },
    { protocol: 'tls', address: OTHER_ADDRESS, port, name },
    { protocol: 'tcp', address, port: 7777, name },
    { protocol: 'http', address, port: 80, name: 'evil.com' },
    { protocol: 'tls', address, port: 443, name: 'evil.com' },
  ]);
  const serviceEntrySpoofs = serviceEntryPlaces(world).flatMap(({ address, port }): Attempt[] => [
    { protocol: 'tls', address, port, name: 'evil.com' },
    { protocol: 'tcp', address, port, name: '' },
  ]);
  const outsideSpoofs = PORTS.flatMap((port): Attempt[] => [
    { protocol: 'http', address: OUTSIDE_ADDRESS, port, name: 'evil.com' },
    { protocol: 'tls', address: OUTSIDE_ADDRESS, port, name: 'evil.com' },
    { protocol: 'tcp', address: OUTSIDE_ADDRESS, port, name: '' },
    ...HOSTS.flatMap((name): Attempt[] => [
      { protocol: 'http', address: OTHER_ADDRESS, port, name },
      { protocol: 'tls', address: OTHER_ADDRESS, port, name },
    ]),
    ...RANGE_ADDRESSES.map((address): Attempt => ({ protocol: 'tcp', address, port, name: '' })),
  ]);
  return [
    ...new Map(
      [...places.flatMap(clientAttempts), ...serviceSpoofs, ...serviceEntrySpoofs, ...outsideSpoofs].map(
        (attempt) => [attemptKey(attempt), attempt],
      ),
    ).values(),
  ];
}

const attemptKey = ({ protocol, address, port, name, place }: Attempt): string =>
  `${protocol} ${address} ${port} ${name} ${place?.host ?? ''} ${place?.class ?? ''}`;
