// Facts about routes of the Gateway API: objects, a call from namespace shop, and where it goes.
import type { KubeObject } from '../support/cluster.ts';
import {
  API_80,
  API_81,
  API_HOST,
  API_LISTED,
  ENTRY_PARENT,
  EXTERNAL,
  EXT_80,
  HTTP,
  TLS,
  TO_81,
  backend,
  exported,
  listing,
  onPort,
  parent,
  route,
  to81,
  toWeb,
  web,
} from './gateway-route-objects.ts';

/** Each with its objects, the call, and where it goes. Every call is from namespace shop. */
export const FACTS: Readonly<Record<string, readonly [readonly KubeObject[], string, string]>> = {
  'applies to calls from everywhere, of the parent’s namespace': [[route('payments')], HTTP, web(80)],
  'applies to calls from its own namespace': [[route('shop')], HTTP, web(80)],
  'of a third namespace does not apply': [[route('ops')], HTTP, API_80],
  'of the kind GRPCRoute applies likewise': [[route('payments', { kind: 'GRPCRoute' })], HTTP, web(80)],
  'of the kind TLSRoute applies even from a third namespace': [
    [route('ops', { kind: 'TLSRoute', backends: [toWeb(9443)] })],
    TLS,
    web(9443),
  ],
  'of the caller’s namespace wins over an older one of the parent’s': [
    [route('shop', { at: 9 }), route('payments', TO_81)],
    HTTP,
    web(80),
  ],
  'of the caller’s namespace wins over an older VirtualService for everybody': [
    [route('shop', { at: 9 }), to81('payments/x', 0)],
    HTTP,
    web(80),
  ],
  'of the caller’s namespace loses to a VirtualService for that namespace only': [
    [route('shop'), to81('shop/x', 9, { exportTo: ['.'] })],
    HTTP,
    API_81,
  ],
  'of the parent’s namespace loses to an older VirtualService': [
    [route('payments', { at: 9 }), to81('payments/x', 0)],
    HTTP,
    API_81,
  ],
  'of the parent’s namespace wins over a younger VirtualService': [
    [route('payments'), to81('payments/x', 9)],
    HTTP,
    web(80),
  ],
  'joins others of its namespace for the host': [
    [
      route('payments', {
        name: 'a',
        rule: { matches: [{ headers: [{ name: 'x', value: 'y' }] }] },
      }),
      route('payments', { name: 'b', at: 9, ...TO_81 }),
    ],
    HTTP,
    API_81,
  ],
  'of another port of the parent does not apply': [
    [route('payments', { parentRefs: [parent('payments', 'api', { port: 81 })] })],
    HTTP,
    API_80,
  ],
  'of the port of the parent applies': [
    [route('payments', { parentRefs: [parent('payments', 'api', { port: 80 })] })],
    HTTP,
    web(80),
  ],
  'of one port does not join those of every port': [
    [
      route('payments', { parentRefs: [parent('payments', 'api', { port: 80 })], at: 9 }),
      route('payments', { name: 'b', ...TO_81 }),
    ],
    HTTP,
    API_81,
  ],
  'of a Service that does not exist does not apply': [
    [route('payments', { parentRefs: [parent('payments', 'gone')] })],
    HTTP,
    API_80,
  ],
  'without backends answers itself': [[route('payments', { backends: [] })], HTTP, 'direct-response'],
  'with weights of 0 only answers itself': [
    [route('payments', backend({ namespace: 'ops', weight: 0 }))],
    HTTP,
    'direct-response',
  ],
  'may lead to a Service that does not exist': [[route('payments', backend({}))], HTTP, 'missing-cluster'],
  'may lead to a registered host': [
    [
      exported('ext.com'),
      route('payments', backend({ group: 'networking.istio.io', kind: 'Hostname', name: 'ext.com' })),
    ],
    HTTP,
    EXT_80,
  ],
  'leads to the Service of a ServiceImport': [
    [route('payments', backend({ group: 'multicluster.x-k8s.io', kind: 'ServiceImport', namespace: 'ops' }))],
    HTTP,
    web(80),
  ],
  'leads nowhere by a kind that Istio does not know': [
    [route('payments', backend({ group: 'example.com', kind: 'Bucket' }))],
    HTTP,
    'missing-cluster',
  ],
  'does not apply where a backend has no port': [
    [route('payments', { backends: [{ name: 'web', namespace: 'ops' }] })],
    HTTP,
    API_80,
  ],
  'does not apply where a Service is named by a host name': [
    [route('payments', backend({ name: 'web.ops' }))],
    HTTP,
    API_80,
  ],
  'does not apply with a filter that Istio does not know': [
    [route('payments', { rule: { filters: [{ type: 'ExtensionRef' }] } })],
    HTTP,
    API_80,
  ],
  'of a ServiceEntry applies to its hosts': [
    [exported('ext.com'), route('ops', ENTRY_PARENT)],
    EXTERNAL,
    web(80),
  ],
  'of a ServiceEntry of a third namespace does not apply': [
    [exported('ext.com'), route('payments', ENTRY_PARENT)],
    EXTERNAL,
    EXT_80,
  ],
  'of a ServiceEntry with a wildcard does not apply to HTTP': [
    [exported('*.ext.com', '80/HTTP', { resolution: 'NONE' }), route('ops', ENTRY_PARENT)],
    'http 203.0.113.4:80 a.ext.com',
    'outbound|80||*.ext.com',
  ],
  'of a ServiceEntry with a wildcard applies to TLS': [
    [
      // Every port that the intent grants: else its own ServiceEntry registers the wildcard.
      exported('*.ext.com', ['80/HTTP', '443/TLS'], { resolution: 'NONE' }),
      route('ops', { kind: 'TLSRoute', backends: [toWeb(9443)], ...ENTRY_PARENT }),
    ],
    'tls 203.0.113.4:443 a.ext.com',
    web(9443),
  ],
  'of the parent’s namespace is imported with the parent': [
    [route('payments'), listing(API_LISTED)],
    HTTP,
    web(80),
  ],
  'of the caller’s namespace must be imported itself': [[route('shop'), listing(API_LISTED)], HTTP, API_80],
  'of the caller’s namespace can be imported by the name of the host': [
    [route('shop'), listing(API_LISTED, `shop/${API_HOST}`)],
    HTTP,
    web(80),
  ],
  'of the caller’s namespace can be imported for one port': [
    [route('shop'), onPort(80, 'HTTP', [API_LISTED, `shop/${API_HOST}`])],
    HTTP,
    web(80),
  ],
};
