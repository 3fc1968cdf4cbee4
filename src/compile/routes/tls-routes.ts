// Whether a TCP port of a host is routed as TLS once a listener for TLS names it. Source: istio/istio pilot/pkg/networking/core/tls.go,
// buildSidecarOutboundTCPTLSFilterChainOpts.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { Labels } from '../../domain/labels.ts';
import { applicableRoutes, matchesNumber } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import { routesNaming } from '../mesh/visible-routes.ts';
import { asListed } from '../sidecar/destination.ts';
import type { IsTlsRouted } from '../sidecar/port-limits.ts';

/** For the pods of a selector, by the VirtualServices of the namespace of the host and of those that are followed. */
export const hasTlsRoutes =
  (selector: Labels, snapshot: Snapshot): IsTlsRouted =>
  ({ destination, host }, number) =>
    routesNaming(host.host, snapshot)
      .filter(({ virtualService }) =>
        isFollowedFor(virtualService.namespace, asListed(destination, egressHost(host)), snapshot),
      )
      .flatMap(({ virtualService }) => applicableRoutes(virtualService, selector, snapshot))
      .some((route) => route.protocol === 'tls' && matchesNumber(route, number));
