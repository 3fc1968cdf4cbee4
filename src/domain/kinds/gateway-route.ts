// Routes of the Gateway API whose parents are Services or ServiceEntries. istiod makes VirtualServices of them, so they are read as such.
// Source: istio/istio pilot/pkg/config/kube/gateway, conversion.go and route_collections.go.
import { z } from 'zod';
import { ConfigName, type OfRevision } from './metadata.ts';
import { parserOf, type Parser } from './parser.ts';

export type GatewayRouteKind = 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute' | 'TCPRoute';

export type GatewayRoute = OfRevision & {
  readonly kind: GatewayRouteKind;
  readonly namespace: string;
  readonly name: string;
  /** Gateways are left out: calls of sidecars do not come through them. */
  readonly parents: readonly RouteParent[];
  /** The server names of a TLSRoute, in lower case; empty for those of its parents. */
  readonly hostnames: readonly string[];
  readonly rules: readonly GatewayRule[];
};

export type RouteParent = {
  readonly kind: 'Service' | 'ServiceEntry';
  readonly namespace: string;
  readonly name: string;
  /** The only port of the parent to which the route applies; absent for every port. */
  readonly port?: number | undefined;
};

/** Where calls that a rule matches go, mirrors included. None if Envoy answers them itself. */
export type GatewayRule = { readonly backends: readonly RouteBackend[] };

export type RouteBackend =
  | {
      readonly kind: 'Service';
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
    }
  | { readonly kind: 'Hostname'; readonly name: string; readonly port: number };

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** The ends that Istio knows, by group and kind; without ENABLE_MCS_HOST, a ServiceImport means the Service of the same name. */
const BACKENDS: ReadonlyMap<string, RouteBackend['kind']> = new Map([
  ['/Service', 'Service'],
  ['multicluster.x-k8s.io/ServiceImport', 'Service'],
  ['networking.istio.io/Hostname', 'Hostname'],
]);

const PARENTS: ReadonlyMap<string, RouteParent['kind']> = new Map([
  ['/Service', 'Service'],
  ['networking.istio.io/ServiceEntry', 'ServiceEntry'],
]);

/** The filters that Istio knows, by kind of route. With any other, the route does not apply at all. */
const FILTERS: { readonly [K in GatewayRouteKind]: readonly string[] } = {
  HTTPRoute: [
    'RequestHeaderModifier',
    'ResponseHeaderModifier',
    'RequestRedirect',
    'RequestMirror',
    'URLRewrite',
    'CORS',
  ],
  GRPCRoute: ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror'],
  TLSRoute: [],
  TCPRoute: [],
};
const BACKEND_FILTERS: ReadonlySet<string> = new Set(['RequestHeaderModifier', 'ResponseHeaderModifier']);

const RawBackend = z.object({
  group: z.string().default(''),
  kind: z.string().default('Service'),
  namespace: z.string().optional(),
  name: z.string(),
  port: z.number().optional(),
});

const RawRule = z.object({
  backendRefs: z
    .array(
      RawBackend.extend({
        weight: z.number().default(1),
        filters: z.array(z.object({ type: z.string() })).default([]),
      }),
    )
    .default([]),
  filters: z
    .array(z.object({ type: z.string(), requestMirror: z.object({ backendRef: RawBackend }).optional() }))
    .default([]),
});
type RawRule = z.infer<typeof RawRule>;

const RawGatewayRoute = z.object({
  metadata: ConfigName,
  spec: z
    .object({
      parentRefs: z
        .array(
          z.object({
            group: z.string().default(GATEWAY_GROUP),
            kind: z.string().default('Gateway'),
            namespace: z.string().optional(),
            name: z.string(),
            port: z.number().optional(),
          }),
        )
        .default([]),
      hostnames: z.array(z.string()).default([]),
      rules: z.array(RawRule).default([]),
    })
    .prefault({}),
});

/** A parser of routes of one kind. It leaves out those that istiod does not apply to calls inside the mesh. */
export const gatewayRouteParser = (kind: GatewayRouteKind): Parser<GatewayRoute> =>
  parserOf(RawGatewayRoute, ({ metadata, spec }): GatewayRoute | undefined => {
    const { namespace } = metadata;
    const parents = spec.parentRefs.flatMap((ref): readonly RouteParent[] => {
      const parent = PARENTS.get(`${ref.group}/${ref.kind}`);
      if (parent === undefined) return [];
      return [{ kind: parent, namespace: ref.namespace ?? namespace, name: ref.name, port: ref.port }];
    });
    const rules = spec.rules.map((rule) => ruleOf(rule, kind, namespace));
    if (parents.length === 0 || rules.includes('invalid')) return undefined;
    const hostnames = kind === 'TLSRoute' ? spec.hostnames.map((host) => host.toLowerCase()) : [];
    return { kind, ...metadata, parents, hostnames, rules: rules.filter((rule) => rule !== 'invalid') };
  });

/** One rule that Istio cannot convert makes it drop the whole route. Backends count only if one of them has a weight. */
function ruleOf(
  { backendRefs, filters }: RawRule,
  kind: GatewayRouteKind,
  namespace: string,
): GatewayRule | 'invalid' {
  if (filters.some(({ type }) => !FILTERS[kind].includes(type))) return 'invalid';
  const called = backendRefs.filter(({ weight }) => weight !== 0);
  if (called.some((backend) => backend.filters.some(({ type }) => !BACKEND_FILTERS.has(type)))) {
    return 'invalid';
  }
  const ends = called.map((backend) => backendOf(backend, namespace));
  const mirrors = filters.flatMap(({ requestMirror }) =>
    requestMirror === undefined ? [] : [backendOf(requestMirror.backendRef, namespace)],
  );
  const counting = kind === 'HTTPRoute' ? ends : [...ends, ...mirrors];
  if (counting.includes('invalid')) return 'invalid';
  return {
    backends: [...ends, ...mirrors].filter((backend) => backend !== 'invalid' && backend !== 'unknown'),
  };
}

/** Calls to a kind of backend that Istio does not know fail, with our Sidecar and without it. */
function backendOf(
  { group, kind, namespace, name, port }: z.infer<typeof RawBackend>,
  ofRoute: string,
): RouteBackend | 'invalid' | 'unknown' {
  const known = BACKENDS.get(`${group}/${kind}`);
  if (known === undefined) return 'unknown';
  const isMisnamed = known === 'Hostname' ? namespace !== undefined : group === '' && name.includes('.');
  if (port === undefined || isMisnamed) return 'invalid';
  return known === 'Hostname'
    ? { kind: known, name: name.toLowerCase(), port }
    : { kind: known, namespace: namespace ?? ofRoute, name, port };
}

/** A text that names a parent, such as `Service green/api`. */
export const parentKey = ({ kind, namespace, name }: Omit<RouteParent, 'port'>): string =>
  `${kind} ${namespace}/${name}`;
