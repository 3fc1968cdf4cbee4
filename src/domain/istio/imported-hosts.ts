// Which hosts a listener of a Sidecar imports, by what it lists and excludes. Source: istio/istio pilot/pkg/model/sidecar.go, selectServices.
import { egressHost, isBelow, isWildcardName, partsOf } from './egress-host.ts';

/** True for a host that is listed, or below a listed wildcard; but not for one that is excluded, even if it is listed by its name. Reads the list once. */
export function importing(listed: readonly string[]): (host: string) => boolean {
  const exact = new Set(listed.map(normalised));
  const wildcards = listed.filter((each) => isWildcardName(partsOf(each).name));
  const excluded = listed.filter((each) => each.startsWith('~')).map((each) => each.slice(1));
  return (host) => {
    const isCovered = (pattern: string): boolean => isBelow(pattern, host);
    return !excluded.some(isCovered) && (exact.has(normalised(host)) || wildcards.some(isCovered));
  };
}

/** Others may have edited a live Sidecar, so a host need not have a namespace. */
export function normalised(listed: string): string {
  const { namespace, name } = partsOf(listed);
  return egressHost({ namespace, host: name });
}
