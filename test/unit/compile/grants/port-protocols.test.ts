// Two grants that give one port of an external host different protocols: the older grant decides.
import { describe, expect, test } from 'vitest';
import { admitProtocols } from '../../../../src/compile/grants/port-protocols.ts';
import type { Grant } from '../../../../src/compile/grants/grant.ts';
import { normalisedHost, type HostPort } from '../../../../src/domain/network.ts';
import { created } from '../../../support/cluster-objects.ts';
import { grant, intent } from '../../../support/registered-hosts.ts';

const HOST = normalisedHost('www.example.com');

const granted = (
  name: string,
  day: string,
  ports: Readonly<Record<number, HostPort['protocol']>>,
  host = HOST,
) =>
  grant(intent(name, created(day)), {
    externals: [
      {
        kind: 'host',
        host,
        ports: Object.entries(ports).map(([port, protocol]) => ({ port: Number(port), protocol })),
      },
    ],
  });

const admitted = (...grants: readonly Grant[]) => {
  const { accepted, refused } = admitProtocols(grants);
  return { accepted: accepted.map((each) => each.intent.name), refused };
};

test('the younger grant is refused as a whole', () => {
  const grants = [granted('young', '02', { 80: 'HTTP', 443: 'HTTP' }), granted('old', '01', { 443: 'TLS' })];
  const { accepted, refused } = admitted(...grants);
  expect(accepted).toEqual(['old']);
  expect(refused).toMatchObject([
    {
      code: 'ProtocolConflict',
      intent: 'young',
      entry: 0,
      host: HOST,
      ports: [80, 443],
      port: 443,
      protocol: 'TLS',
      olderIntent: 'old',
    },
  ]);
});

test('a refused grant claims no port', () => {
  const grants = [
    granted('a', '01', { 443: 'TLS' }),
    granted('b', '02', { 443: 'HTTP', 80: 'HTTP' }),
    granted('c', '03', { 80: 'TLS' }),
  ];
  expect(admitted(...grants).accepted).toEqual(['a', 'c']);
});

describe('both grants are accepted', () => {
  test.each([
    ['with the same protocol', granted('b', '02', { 443: 'TLS' })],
    ['on different ports', granted('b', '02', { 80: 'HTTP' })],
    ['for different hosts', granted('b', '02', { 443: 'HTTP' }, normalisedHost('api.example.com'))],
  ])('%s', (_title, second) => {
    expect(admitted(second, granted('a', '01', { 443: 'TLS' }))).toEqual({
      accepted: ['a', 'b'],
      refused: [],
    });
  });
});
