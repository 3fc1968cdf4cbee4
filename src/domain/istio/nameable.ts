// Which hosts a Sidecar may say. Istio's webhook refuses the whole Sidecar for one name that it does not accept, and the pods stay open;
// ServiceEntries, VirtualServices and MeshConfig may hold many more names. Source: istio/istio pkg/config/validation/agent/validation.go,
// ValidateNamespaceSlashWildcardHostname, and pkg/config/labels/instance.go.
import { partsOf } from './egress-host.ts';

/** At most 63 characters. */
const LABEL = '[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
/** The last label may be empty, for a name with a trailing dot. */
const DNS_NAME = new RegExp(`^(?:[*]|${LABEL})(?:[.]${LABEL})*[.]?$`);
const LONGEST_NAME = 255;

/** Go reads a larger number as no number. */
const LARGEST_INTEGER = 2n ** 63n - 1n;

/**
 * True if a Sidecar may list the egress host (`namespace/host`), or exclude it where it starts with `~`. Istio before 1.31 accepts
 * no exclusion at all.
 */
export function isNameable(egressHost: string): boolean {
  if (!egressHost.includes('/')) return false;
  const { namespace, name } = partsOf(egressHost);
  return namespace !== '' && isNameableNamespace(namespace.replace(/^~/, '')) && isNameableHost(name);
}

const isNameableNamespace = (namespace: string): boolean =>
  ['', '*', '.'].includes(namespace) || DNS_LABEL.test(namespace);

function isNameableHost(host: string): boolean {
  if (host === '*') return true;
  if (!host.includes('.') || host.length > LONGEST_NAME) return false;
  return DNS_NAME.test(host) && !isNumber(host.slice(host.lastIndexOf('.') + 1));
}

const isNumber = (label: string): boolean => /^[0-9]+$/.test(label) && BigInt(label) <= LARGEST_INTEGER;
