// The features of Istio that not every supported version has, and whether they are used in this mesh. Knows no object that uses them.
import { istioText, type EffectiveSettings } from './settings.ts';
import type { IstioVersion } from './istio-version.ts';

export type Features = {
  /**
   * A Sidecar can exclude hosts (`~namespace/host`), so that a wildcard need not import the exact hosts below it. Since 1.31; older
   * webhooks reject such an entry. Source: istio/istio releasenotes/notes, commit 4c3c712.
   */
  readonly exclusions: boolean;
  /**
   * Envoy can resolve the name that the client asked for below a wildcard, so that the client cannot choose the address. In
   * sidecars since 1.30; older versions of istiod build no cluster for such a ServiceEntry.
   */
  readonly dynamicDns: boolean;
  /** MeshConfig can narrow who sees a ServiceEntry (`serviceEntryVisibility`). Since 1.31. Source: istio/istio releasenotes/notes/60870. */
  readonly serviceEntryVisibility: boolean;
  /**
   * istiod reads TCPRoutes of the Gateway API. Since 1.31; before, only with PILOT_ENABLE_ALPHA_GATEWAY_API, which is taken to be off.
   * Source: istio/istio pilot/pkg/config/kube/gateway/controller.go, NewController.
   */
  readonly tcpRoutes: boolean;
};

const isAtLeast = ({ major, minor }: IstioVersion, least: number): boolean => major > 1 || minor >= least;

export function featuresOf(version: IstioVersion): Features {
  return {
    exclusions: isAtLeast(version, 31),
    dynamicDns: isAtLeast(version, 30),
    serviceEntryVisibility: isAtLeast(version, 31),
    tcpRoutes: isAtLeast(version, 31),
  };
}

/** Whether a feature is used in this mesh, and why. */
export type FeatureDecision = {
  readonly name: Exclude<keyof Features, 'serviceEntryVisibility' | 'tcpRoutes'> | 'dnsCapture';
  readonly used: boolean;
  /** For people: what in the mesh decides it, and what the feature does. */
  readonly reason: string;
};

export function featureDecisions(settings: EffectiveSettings): readonly FeatureDecision[] {
  const { exclusions, dynamicDns } = featuresOf(settings.istioVersion);
  const istio = istioText(settings);
  return [
    {
      name: 'exclusions',
      used: exclusions,
      reason: `${istio}: a Sidecar can exclude a host from a wildcard since 1.31`,
    },
    {
      name: 'dynamicDns',
      used: dynamicDns,
      reason: `${istio}: Envoy can resolve the names below a wildcard itself since 1.30`,
    },
    {
      name: 'dnsCapture',
      used: settings.dnsCapture,
      reason: `${settings.source.dnsCapture}: with DNS capture, a registered host has an address of its own`,
    },
  ];
}
