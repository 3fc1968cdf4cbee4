// VirtualService of Istio. Read for its routes: a granted call may be routed to a host that is not granted.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import type { GatewayRouteKind } from './gateway-route.ts';
import {
  ExportToList,
  ConfigName,
  spelledHosts,
  StringMap,
  type ExportTo,
  type OfRevision,
} from './metadata.ts';
import { parserOf } from './parser.ts';

/** Hosts are in lower case, otherwise as written: a name without a dot means a Service of the object's namespace. */
export type VirtualService = OfRevision & {
  /** Of what istiod reads or makes it: a VirtualService, or a route of the Gateway API. */
  readonly kind: 'VirtualService' | GatewayRouteKind;
  readonly namespace: string;
  readonly name: string;
  readonly exportTo: ExportTo;
  readonly hosts: readonly string[];
  /** The hosts that are not in lower case, as they are written. */
  readonly spellings: readonly string[];
  /** True if it applies to sidecars, and not to gateways only. */
  readonly isForMesh: boolean;
  /** The routes for sidecars; routes that apply to gateways only are left out. */
  readonly routes: readonly Route[];
};

export type Route = {
  readonly protocol: 'http' | 'tls' | 'tcp';
  /** Server names to which a `tls` route applies, in lower case; empty for the others. */
  readonly sniHosts: readonly string[];
  /** The route applies if any of these matches, and always if there are none. */
  readonly matches: readonly RouteMatch[];
  readonly destinations: readonly RouteDestination[];
  /** A VirtualService with further routes for the same calls. */
  readonly delegate?: { readonly namespace: string; readonly name: string };
};

type RouteMatch = {
  readonly port?: number | undefined;
  /** Empty for every namespace. */
  readonly sourceNamespace: string;
  readonly sourceLabels: Labels;
};

export type RouteDestination = { readonly host: string; readonly port?: number | undefined };

/** The word in `gateways` for all sidecars. */
const MESH_GATEWAY = 'mesh';

const isForSidecars = (gateways: readonly string[]): boolean =>
  gateways.length === 0 || gateways.includes(MESH_GATEWAY);

const RawDestination = z.object({ host: z.string(), port: z.object({ number: z.number() }).optional() });
const RawRoute = z.object({
  match: z
    .array(
      z.object({
        port: z.number().optional(),
        sniHosts: z.array(z.string()).default([]),
        gateways: z.array(z.string()).default([]),
        sourceNamespace: z.string().default(''),
        sourceLabels: StringMap.default({}),
      }),
    )
    .default([]),
  route: z.array(z.object({ destination: RawDestination })).default([]),
  mirror: RawDestination.optional(),
  mirrors: z.array(z.object({ destination: RawDestination })).default([]),
  delegate: z.object({ name: z.string(), namespace: z.string().optional() }).optional(),
});
const Routes = z.array(RawRoute).default([]);

const RawVirtualService = z.object({
  metadata: ConfigName,
  spec: z.object({
    hosts: z.array(z.string()).default([]),
    gateways: z.array(z.string()).default([]),
    exportTo: ExportToList,
    http: Routes,
    tls: Routes,
    tcp: Routes,
  }),
});

/** A VirtualService for gateways only has no routes. A delegate has no hosts: it applies through the VirtualService that names it. */
export const parseVirtualService = parserOf(RawVirtualService, ({ metadata, spec }): VirtualService => {
  const isForMesh = isForSidecars(spec.gateways);
  const routes = (['http', 'tls', 'tcp'] as const).flatMap((protocol) =>
    spec[protocol].flatMap((route) => routeOf(route, protocol, metadata.namespace)),
  );
  return {
    kind: 'VirtualService',
    ...metadata,
    exportTo: spec.exportTo,
    ...spelledHosts(spec.hosts),
    isForMesh,
    routes: isForMesh ? routes : [],
  };
});

function routeOf(
  raw: z.infer<typeof RawRoute>,
  protocol: Route['protocol'],
  namespace: string,
): readonly Route[] {
  const { match, route, mirror, mirrors, delegate } = raw;
  const forSidecars = match.filter(({ gateways }) => isForSidecars(gateways));
  const matches = forSidecars.map(matchOf);
  if (match.length > 0 && matches.length === 0) return [];
  const destinations = [
    ...[...route, ...mirrors].map(({ destination }) => destination),
    ...(mirror ? [mirror] : []),
  ];
  return [
    {
      protocol,
      sniHosts: forSidecars.flatMap(({ sniHosts }) => sniHosts.map((host) => host.toLowerCase())),
      matches,
      destinations: destinations.map(({ host, port }) => ({ host: host.toLowerCase(), port: port?.number })),
      ...(delegate === undefined
        ? {}
        : { delegate: { namespace: delegate.namespace ?? namespace, name: delegate.name } }),
    },
  ];
}

/** Istio ignores the other conditions on the caller if a match names gateways. Source: istio/istio pilot/pkg/networking/core/route, sourceMatchHTTP. */
const matchOf = ({
  gateways,
  port,
  sourceNamespace,
  sourceLabels,
}: z.infer<typeof RawRoute>['match'][number]): RouteMatch =>
  gateways.length > 0
    ? { port, sourceNamespace: '', sourceLabels: {} }
    : { port, sourceNamespace, sourceLabels };
