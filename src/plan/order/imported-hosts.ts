// Whether a listener imports a host, for listeners that are asked about many.
import { isBelow, isWildcardName, partsOf } from '../../domain/istio/egress-host.ts';
import { normalised } from './port-listeners.ts';

/** True if the listed hosts of a listener import a host. */
export type Imports = (listed: readonly string[], host: string) => boolean;

type ListedHosts = {
  readonly exact: ReadonlySet<string>;
  readonly wildcards: readonly string[];
  readonly excluded: readonly string[];
};

/** Reads each list once. */
export function createImports(): Imports {
  const known = new Map<readonly string[], ListedHosts>();
  return (listed, host) => {
    const hosts = known.get(listed) ?? listedHosts(listed);
    known.set(listed, hosts);
    const covering = (pattern: string): boolean => isBelow(pattern, host);
    if (hosts.excluded.some(covering)) return false;
    return hosts.exact.has(normalised(host)) || hosts.wildcards.some(covering);
  };
}

const listedHosts = (listed: readonly string[]): ListedHosts => ({
  exact: new Set(listed.map(normalised)),
  wildcards: listed.filter((each) => isWildcardName(partsOf(each).name)),
  excluded: listed.filter((each) => each.startsWith('~')).map((each) => each.slice(1)),
});
