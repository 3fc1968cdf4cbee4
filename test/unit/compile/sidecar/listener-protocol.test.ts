// The protocol of the listener for one port, by the protocols of the hosts that it names.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { declaredProtocol, withoutFilter } from '../../../../src/compile/sidecar/listener-protocol.ts';
import type {
  HostOnPort,
  ListenerKind,
  PortListener,
} from '../../../../src/compile/sidecar/port-listener.ts';
import { protocolOfServicePort, protocolOfWord } from '../../../../src/domain/istio/port-protocol.ts';
import { destination, registered } from '../../../support/registered-hosts.ts';

type Named = { readonly word: string; readonly created?: string; readonly managed?: boolean };

const hostOn = ({ word, created = '', managed = false }: Named, index: number): HostOnPort => {
  const name = `blue/h${index}`;
  return {
    destination: destination(name),
    host: registered(name, { creationTimestamp: created, managed }),
    port: { number: 80, ...protocolOfWord(word) },
    limited: true,
    udpFirst: false,
    tlsRouted: false,
    givesWay: false,
    importedAlong: false,
  };
};

const listenerOf = (kind: ListenerKind, ...hosts: readonly Named[]): PortListener => ({
  kind,
  listed: hosts.map(hostOn),
  unreachable: [],
});

const [GRPC_WEB, HTTP] = [{ word: 'grpc-web' }, { word: 'http' }] as const;

test.each<[title: string, listener: PortListener, declared: string | undefined]>([
  ['gRPC-Web alone', listenerOf('HTTP', GRPC_WEB), 'GRPC-WEB'],
  ['gRPC-Web, found first by name', listenerOf('HTTP', GRPC_WEB, HTTP), 'GRPC-WEB'],
  ['HTTP, found first by name', listenerOf('HTTP', HTTP, GRPC_WEB), 'HTTP'],
  [
    'the older one of two',
    listenerOf('HTTP', { ...HTTP, created: '2026-01-02' }, { ...GRPC_WEB, created: '2026-01-01' }),
    'GRPC-WEB',
  ],
  [
    'one that only intents register is not there without them',
    listenerOf('HTTP', { ...HTTP, managed: true }, { ...GRPC_WEB, created: '2026-01-01' }),
    'GRPC-WEB',
  ],
  ['TLS by address', listenerOf('TCP', { word: 'https' }, { word: 'tls' }), 'TLS'],
  ['TLS beside TCP', listenerOf('TCP', { word: 'https' }, { word: 'tcp' }), 'TCP'],
  ['ranges of TLS', listenerOf('TCP-any', { word: 'tls' }), 'TCP'],
  ['MongoDB', listenerOf('TCP', { word: 'mongo' }, { word: 'Mongo' }), 'MONGO'],
  ['MySQL by any address', listenerOf('TCP-any', { word: 'mysql' }), 'MYSQL'],
  ['MongoDB beside TCP', listenerOf('TCP', { word: 'mongo' }, { word: 'tcp' }), 'TCP'],
  ['sniffed', listenerOf('sniffed', GRPC_WEB), undefined],
])('%s', (_title, listener, declared) => {
  expect(declaredProtocol(listener)).toBe(declared);
});

test('each host of plain TCP has the filter of its protocol, or is told', () => {
  const word = fc.constantFrom('tcp', 'mongo', 'redis', 'mysql');
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const listener = listenerOf('TCP', ...words.map((each) => ({ word: each })));
      const declared = declaredProtocol(listener)?.toLowerCase();
      const untold = listener.listed.filter((each) => !withoutFilter(listener).includes(each));
      const names = untold.map(({ destination: { host } }) => words[Number(host.slice('blue/h'.length))]);
      expect(new Set(names).difference(new Set([declared, 'tcp']))).toEqual(new Set());
      // Plain TCP gets no filter that it has not without intents.
      expect(words.includes('tcp') && declared !== 'tcp').toBe(false);
    }),
  );
});

test.each([
  ['grpc-web', '', 'GRPC-WEB'],
  ['GRPC-Web-api', '', 'GRPC-WEB'],
  ['grpc-webhooks', '', 'GRPC-WEB'],
  ['http', 'grpc-web', 'GRPC-WEB'],
  ['mongo-orders', '', 'MONGO'],
  ['tcp', 'redis', 'REDIS'],
  ['mysql', '', 'MYSQL'],
  ['grpc', '', undefined],
  ['mongodb', '', undefined],
  ['grpc-web', 'http', undefined],
])('a port named %s with appProtocol "%s" has the filter of %s', (name, appProtocol, filtered) => {
  expect(protocolOfServicePort({ number: 80, name, appProtocol, protocol: 'TCP' }).filtered).toBe(filtered);
});
