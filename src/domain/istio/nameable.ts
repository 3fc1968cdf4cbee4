// Which hosts a Sidecar may say. Istio's webhook refuses the whole Sidecar for one name that it does not accept, and the pods stay open;
// ServiceEntries, VirtualServices and MeshConfig may hold many more names. Source: istio/istio pkg/config/validation/agent/validation.go,
// ValidateNamespaceSlashWildcardHostname, and pkg/config/labels/instance.go.
import { partsOf } from './egress-host.ts';

const LABEL = '[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const FIRST_LABEL = new RegExp(`^(?:[*]|(?:[*]|[*]-)?${LABEL})$`);
const LONGEST_LABEL = 63;
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
  ['', '*', '.'].includes(namespace) || isLabel(namespace);

function isNameableHost(host: string): boolean {
  if (host === '*') return true;
  if (!host.includes('.') || host.length > LONGEST_NAME) return false;
  if (host.includes('*') && !host.startsWith('*.')) return false;
  const [first = '', ...rest] = host.split('.');
  return first.length <= LONGEST_LABEL && FIRST_LABEL.test(first) && areNameableLabels(rest);
}

/** The last label is no number. It may be empty, for a name with a trailing dot. */
function areNameableLabels(labels: readonly string[]): boolean {
  const last = labels.at(-1) ?? '';
  if (/^[0-9]+$/.test(last) && BigInt(last) <= LARGEST_INTEGER) return false;
  return labels.every((label, index) => isLabel(label) || (label === '' && index === labels.length - 1));
}

const isLabel = (text: string): boolean => text.length <= LONGEST_LABEL && DNS_LABEL.test(text);
