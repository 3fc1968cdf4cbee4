// The rows of the table of watched kinds for routes of the Gateway API, in the version that every supported istiod reads.
import {
  gatewayRouteParser,
  parentKey,
  type GatewayRoute,
  type GatewayRouteKind,
} from '../domain/kinds/gateway-route.ts';
import type { Kind } from './kind.ts';
import type { Lookup } from './lookup.ts';

export const GATEWAY_ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'] as const;

const rowOf = (kind: GatewayRouteKind, plural: string): Kind<GatewayRoute> => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  plural,
  optional: true,
  parse: gatewayRouteParser(kind),
  affects: ({ namespace, parents }) => ({
    lookups: [
      { kind: 'IstioConfig', namespace },
      ...parents.map((parent): Lookup => ({ kind: 'GatewayRoutesOf', host: parentKey(parent) })),
    ],
  }),
});

export const GATEWAY_ROUTES: { readonly [K in GatewayRouteKind]: Kind<GatewayRoute> } = {
  HTTPRoute: rowOf('HTTPRoute', 'httproutes'),
  GRPCRoute: rowOf('GRPCRoute', 'grpcroutes'),
  TLSRoute: rowOf('TLSRoute', 'tlsroutes'),
  TCPRoute: rowOf('TCPRoute', 'tcproutes'),
};
