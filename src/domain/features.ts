// What one version of Istio can say and another cannot. Each is used where it is there, and each choice has its reason here.
import type { IstioVersion } from './settings.ts';

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
