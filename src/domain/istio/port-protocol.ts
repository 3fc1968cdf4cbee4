// What istiod makes of the protocol of a port: from the words of a Service or a ServiceEntry, or from the number. Sources: istio/istio
// pkg/config/protocol/instance.go, pkg/config/kube/conversion.go, ConvertProtocol.
import type { ServicePort } from '../kinds/service.ts';

/**
 * Decides which kind of listener istiod makes. `auto` is a port without a declared protocol, which Envoy sniffs.
 * Source: istio/istio pilot/pkg/networking/networking.go.
 */
export type PortClass = 'http' | 'tls' | 'tcp' | 'auto';

/**
 * Protocols for which Envoy gets a filter of their own from a listener that declares them; for others of their class it does not. Sources:
 * istio/istio pilot/pkg/networking/core/networkfilter.go, buildNetworkFiltersStack, and listener_builder.go, buildHTTPConnectionManager.
 */
export type FilteredProtocol = 'GRPC-WEB' | 'MONGO' | 'REDIS' | 'MYSQL';

export type PortProtocol = { readonly class: PortClass; readonly filtered?: FilteredProtocol };

const HTTP: PortProtocol = { class: 'http' };
const TLS: PortProtocol = { class: 'tls' };
const TCP: PortProtocol = { class: 'tcp' };

const GRPC_WEB = 'grpc-web';

/** By word, in lower case. */
const PROTOCOLS: ReadonlyMap<string, PortProtocol> = new Map<string, PortProtocol>([
  ['http', HTTP],
  ['http2', HTTP],
  ['grpc', HTTP],
  ['http_proxy', HTTP],
  [GRPC_WEB, { class: 'http', filtered: 'GRPC-WEB' }],
  ['https', TLS],
  ['tls', TLS],
  ['tcp', TCP],
  ['mongo', { class: 'tcp', filtered: 'MONGO' }],
  ['redis', { class: 'tcp', filtered: 'REDIS' }],
  ['mysql', { class: 'tcp', filtered: 'MYSQL' }],
]);

const KUBERNETES_PROTOCOLS: ReadonlyMap<string, PortProtocol> = new Map<string, PortProtocol>([
  ['kubernetes.io/h2c', HTTP],
  ['kubernetes.io/ws', HTTP],
  ['kubernetes.io/wss', TLS],
]);

/** Ports of protocols in which the server speaks first: Istio never sniffs them. */
const SERVER_FIRST = new Set([25, 53, 3306, 27017]);

/** The protocol of a word as a ServiceEntry writes it. A word that Istio does not know counts as no protocol. */
export const protocolOfWord = (word: string): PortProtocol =>
  PROTOCOLS.get(word.toLowerCase()) ?? { class: 'auto' };

/** The word by which istiod knows the protocol of a Service's port: the beginning of its `appProtocol`, or else of its name. */
function wordOf({ name, appProtocol }: ServicePort): string {
  const text = (appProtocol === '' ? name : appProtocol).toLowerCase();
  return text.startsWith(GRPC_WEB) ? GRPC_WEB : (text.split('-')[0] ?? '');
}

/** The protocol of a port that is not UDP. */
export function protocolOfServicePort(port: ServicePort): PortProtocol {
  const known = KUBERNETES_PROTOCOLS.get(port.appProtocol) ?? protocolOfWord(wordOf(port));
  return known.class === 'auto' && SERVER_FIRST.has(port.number) ? TCP : known;
}

/** True for a port that Istio does not carry: UDP, or one that is called so, whatever its protocol is. */
export const isUdp = (port: ServicePort): boolean => port.protocol === 'UDP' || wordOf(port) === 'udp';
