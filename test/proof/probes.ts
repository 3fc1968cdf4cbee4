// The calls that are tried from each pod of a random world: every place that the world knows, as its clients would call it, and
// what somebody would try who has no business there.
import { entryPlaces, outsidePlace, OUTSIDE, servicePlaces, type Place } from './callable-places.ts';
import { HOSTS, WILDCARDS, type WorldSpec } from './world-spec.ts';

/** `place` is present for a call that is meant as its clients mean it. */
export type Attempt = {
  readonly protocol: 'http' | 'tls' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly name: string;
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
/** For a name that may be allowed: an address that is not its own. */
const ELSEWHERE = '93.184.216.99';
const RANGE_ADDRESSES = ['203.0.113.7', '203.0.113.200', '198.51.100.9', '198.51.100.10'] as const;

/** How clients of a class speak; of a port that is sniffed, both ways. */
const SPEECH = { http: ['http'], tls: ['tls'], tcp: ['tcp'], auto: ['http', 'tcp'] } as const;

export const properAttempts = (place: Place): readonly Attempt[] =>
  SPEECH[place.class].map((protocol) => {
    const { address, port, name } = place;
    return { protocol, address, port, name, place };
  });

export function attemptsOn(world: WorldSpec): readonly Attempt[] {
  const places = [
    ...servicePlaces(world),
    ...entryPlaces(world),
    ...[...HOSTS, ...WILDCARDS].flatMap((host) =>
      OUTSIDE_PORTS.map(([port, protocol]) => outsidePlace(host, port, protocol, world.dnsCapture)),
    ),
  ];
  const strangers = servicePlaces(world).flatMap(({ address, name, port }): Attempt[] => [
    { protocol: 'http', address: ELSEWHERE, port, name },
    { protocol: 'tls', address: ELSEWHERE, port, name },
    { protocol: 'tcp', address, port: 7777, name },
    { protocol: 'http', address, port: 80, name: 'evil.com' },
    { protocol: 'tls', address, port: 443, name: 'evil.com' },
  ]);
  const intruders = entryPlaces(world).flatMap(({ address, port }): Attempt[] => [
    { protocol: 'tls', address, port, name: 'evil.com' },
    { protocol: 'tcp', address, port, name: '' },
  ]);
  const spoofs = PORTS.flatMap((port): Attempt[] => [
    { protocol: 'http', address: OUTSIDE, port, name: 'evil.com' },
    { protocol: 'tls', address: OUTSIDE, port, name: 'evil.com' },
    { protocol: 'tcp', address: OUTSIDE, port, name: '' },
    ...HOSTS.flatMap((name): Attempt[] => [
      { protocol: 'http', address: ELSEWHERE, port, name },
      { protocol: 'tls', address: ELSEWHERE, port, name },
    ]),
    ...RANGE_ADDRESSES.map((address): Attempt => ({ protocol: 'tcp', address, port, name: '' })),
  ]);
  return [
    ...new Map(
      [...places.flatMap(properAttempts), ...strangers, ...intruders, ...spoofs].map((one) => [
        keyOf(one),
        one,
      ]),
    ).values(),
  ];
}

const keyOf = ({ protocol, address, port, name, place }: Attempt): string =>
  `${protocol} ${address} ${port} ${name} ${place?.host ?? ''} ${place?.class ?? ''}`;
