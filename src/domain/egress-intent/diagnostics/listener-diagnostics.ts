// Diagnostics of hosts whose calls the one listener of a port reads otherwise than listeners of their own would.
import type { Labels } from '../../labels.ts';
import { OMIT_PORTS, row, selectedPodsText } from '../diagnostic-row.ts';

const WEB: Labels = { app: 'web' };

/** What the filter of a protocol does, and the setting of istiod without which there is none. Source: istio/istio pilot/pkg/features/xds.go. */
const FILTERS: ReadonlyMap<string, { readonly does: string; readonly setting?: string }> = new Map([
  ['GRPC-WEB', { does: 'translates gRPC-Web to gRPC' }],
  ['MONGO', { does: 'counts its commands' }],
  ['REDIS', { does: 'routes and counts its commands', setting: 'PILOT_ENABLE_REDIS_FILTER' }],
  ['MYSQL', { does: 'counts its commands', setting: 'PILOT_ENABLE_MYSQL_FILTER' }],
]);

function filterSetting(protocol: string): string {
  const setting = FILTERS.get(protocol)?.setting;
  return setting === undefined ? '' : `if istiod runs with ${setting}=true, which is not its default, `;
}

export const LISTENER_DIAGNOSTICS = {
  HttpAtAddressOnly: row<{
    /** As a Sidecar lists it. */
    readonly host: string;
    readonly port: number;
    readonly selector: Labels;
  }>({
    severity: 'warning',
    message: ({ host, port, selector }) =>
      `${selectedPodsText(selector)} can call port ${port} of ${host} only at the addresses of its ServiceEntry, since they also call another protocol on port ${port}; a client that resolves the name to another address gets no answer: turn on DNS capture in the mesh, or grant the hosts with the other protocol to other pods`,
    documentation: {
      meaning:
        'A ServiceEntry with addresses has an HTTP port, and the pods also call another protocol on the same port number. Istio then detects the protocol, and Envoy serves HTTP at the addresses of the ServiceEntry only. Without the intent the Host header matches at any address.',
      remedy:
        'With DNS capture, clients resolve the name to the address of the ServiceEntry. Otherwise use another port, or other pods, for one of the two.',
    },
    examples: [{ host: 'shop/api.example.com', port: 8080, selector: WEB }],
  }),
  TcpHostTakesPort: row<{
    /** As a Sidecar lists it. */
    readonly host: string;
    readonly port: number;
  }>({
    severity: 'warning',
    message: ({ host, port }) =>
      `connections to port ${port} that match no other entry are not blocked but end at ${host}, whatever their address, since plain TCP carries no host name and this host has no address: turn on DNS capture in the mesh and let Istio allocate an address to the host, or grant its addresses with cidr instead`,
    documentation: {
      meaning:
        'The pods may call a host over plain TCP that has no address by which Envoy could tell its connections from others. Those to any other address on the same port reach this host too. They reach nothing else, but an app that means another server talks to the wrong one, where it should be refused.',
      remedy:
        'With DNS capture (`ISTIO_META_DNS_CAPTURE`) Istio gives the host an address, unless its ServiceEntry has opted out (`networking.istio.io/enable-autoallocate-ip`). The owner of a ServiceEntry can also write `addresses`. Otherwise grant the addresses of the host with `cidr`.',
    },
    examples: [{ host: 'shop/db.example.com', port: 5432 }],
  }),
  ProtocolFilterLost: row<{
    /** As a Sidecar lists it. */
    readonly host: string;
    readonly port: number;
    /** As Istio spells it in upper case. */
    readonly protocol: string;
    readonly selector: Labels;
  }>({
    severity: 'warning',
    message: ({ host, port, protocol, selector }) =>
      `${filterSetting(protocol)}${selectedPodsText(selector)} call port ${port} of ${host} without the filter that Envoy has for ${protocol} (which ${
        FILTERS.get(protocol)?.does ?? 'reads it'
      }), since they also call another protocol on port ${port}: grant every port (${OMIT_PORTS}) of the hosts that are limited to it, or grant them to different pods`,
    documentation: {
      meaning:
        'A host is limited to some of its ports, so the Sidecar has a listener for this port number, which declares one protocol. Hosts with another protocol on the same number lose the filter that Istio gives Envoy for gRPC-Web and MongoDB and, where istiod runs with `PILOT_ENABLE_REDIS_FILTER` or `PILOT_ENABLE_MYSQL_FILTER`, for Redis or MySQL. The calls are allowed.',
      remedy:
        'Omit `ports` for the hosts that are limited to this port, so that it needs no listener of its own. Or grant the hosts to different pods. For Redis and MySQL nothing is lost unless istiod has that setting.',
    },
    examples: [
      { host: 'db/orders', port: 27017, protocol: 'MONGO', selector: WEB },
      { host: 'db/orders', port: 3306, protocol: 'MYSQL', selector: WEB },
      { host: 'blue/api', port: 80, protocol: 'GRPC-WEB', selector: WEB },
    ],
  }),
};
