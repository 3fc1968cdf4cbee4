// What one version of Istio can say and another cannot. Each is used where it is there, and each choice has its reason here.
import { istioText, type EffectiveSettings } from './settings.ts';
import type { IstioVersion } from './kinds/istio-version.ts';

export type Features = {
  /**
   * A Sidecar may exclude hosts (`~namespace/host`), so that a wildcard need not import the exact hosts below it. Since 1.31;
   * before, the webhook refuses such an entry. Source: istio/istio releasenotes/notes, commit 4c3c712.
   */
  readonly exclusions: boolean;
  /**
   * A wildcard ServiceEntry may have Envoy resolve the name that the client asked for, so that the client cannot choose the
   * address. In sidecars since 1.30; before, no cluster is built for it.
   */
  readonly dynamicDns: boolean;
};

const isAtLeast = ({ major, minor }: IstioVersion, least: number): boolean => major > 1 || minor >= least;

export function featuresOf(version: IstioVersion): Features {
  return { exclusions: isAtLeast(version, 31), dynamicDns: isAtLeast(version, 30) };
}

/** What was decided by what is known of the mesh, and why. */
export type FeatureDecision = {
  readonly name: keyof Features | 'dnsCapture';
  readonly used: boolean;
  /** For people. */
  readonly because: string;
};

export function featureDecisions(settings: EffectiveSettings): readonly FeatureDecision[] {
  const { exclusions, dynamicDns } = featuresOf(settings.istioVersion);
  const istio = istioText(settings);
  return [
    {
      name: 'exclusions',
      used: exclusions,
      because: `${istio}: a Sidecar can exclude a host from a wildcard since 1.31`,
    },
    {
      name: 'dynamicDns',
      used: dynamicDns,
      because: `${istio}: Envoy resolves the names below a wildcard itself since 1.30`,
    },
    {
      name: 'dnsCapture',
      used: settings.dnsCapture,
      because: `${settings.because.dnsCapture}: with DNS capture a host over plain TCP has an address of its own`,
    },
  ];
}
