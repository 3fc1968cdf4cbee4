// The objects and calls of the facts about routes of the Gateway API: Service payments/api, where calls go, and ops/web.
import { external, gatewayRoute, istio, service, sidecar } from '../kits/oracle/objects.ts';

export const API_HOST = 'api.payments.svc.cluster.local';
export const API = service('payments/api', '10.96.0.10', ['80:http', '81:http', '9000:tcp', '9443:tls']);
export const WEB = service('ops/web', '10.96.0.30', ['80:http', '9000:tcp', '9443:tls']);

export const HTTP = 'http 10.96.0.10:80 api.payments';
export const TCP = 'tcp 10.96.0.10:9000';
export const TLS = `tls 10.96.0.10:9443 ${API_HOST}`;
export const EXTERNAL = 'http 203.0.113.4:80 ext.com';

export const API_80 = `outbound|80||${API_HOST}`;
export const API_81 = `outbound|81||${API_HOST}`;
export const API_9000 = `outbound|9000||${API_HOST}`;
export const EXT_80 = 'outbound|80||ext.com';
export const web = (port: number) => `outbound|${port}||web.ops.svc.cluster.local`;

export const parent = (namespace: string, name: string, more = {}) => ({
  group: '',
  kind: 'Service',
  namespace,
  name,
  ...more,
});
export const ENTRY_PARENT = {
  parentRefs: [{ group: 'networking.istio.io', kind: 'ServiceEntry', namespace: 'ops', name: 'ext' }],
};
export const exported = (host: string, ports: string | readonly string[] = '80/HTTP', more = {}) =>
  external('ops', host, [ports].flat(), { name: 'ext', exportTo: ['*'], ...more });

export const toWeb = (port = 80) => ({ name: 'web', namespace: 'ops', port });
export const TO_81 = { backends: [{ name: 'api', port: 81 }] };
type Case = {
  readonly kind?: Parameters<typeof gatewayRoute>[0];
  readonly name?: string;
  readonly at?: number;
  readonly parentRefs?: readonly object[];
  readonly backends?: readonly object[];
  readonly rule?: object;
};
/** An HTTPRoute of payments/api to ops/web, unless told otherwise. */
export function route(
  namespace: string,
  { kind = 'HTTPRoute', name = 'canary', at = 0, ...spec }: Case = {},
) {
  const { parentRefs = [parent('payments', 'api')], backends = [toWeb()], rule = {} } = spec;
  const rules = [{ backendRefs: backends, ...rule }];
  return gatewayRoute(kind, `${namespace}/${name}`, { parentRefs, rules }, { at });
}
export const to81 = (id: string, at: number, more = {}) => {
  const http = [{ route: [{ destination: { host: API_HOST, port: { number: 81 } } }] }];
  return istio('VirtualService', id, { hosts: [API_HOST], http, ...more }, { at });
};
export const listing = (...hosts: readonly string[]) => sidecar('shop/egress', { app: 'checkout' }, hosts);
export const onPort = (number: number, protocol: string, hosts: readonly string[]) =>
  sidecar('shop/egress', { app: 'checkout' }, [{ port: { number, name: 'p', protocol }, hosts }]);
export const API_LISTED = `payments/${API_HOST}`;
export const backend = (more: object) => ({ backends: [{ name: 'web', port: 80, ...more }] });
