// The closed list of exceptions: the differences between what is granted and what can be called that a diagnostic reports. It comes from
// the table of diagnostics; any other difference is a fault. docs/limits.md says why Istio forces each of them.
import { DIAGNOSTICS, type Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { ExceptionKind } from '../../src/domain/egress-intent/diagnostic-row.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import type { Expectation, Grant } from './expectation.ts';
import { SHOP } from './world-spec.ts';

const isException = ({ code }: Diagnostic, ...kinds: readonly ExceptionKind[]): boolean => {
  const { exception } = DIAGNOSTICS[code];
  return exception !== undefined && kinds.includes(exception.kind);
};

/** Ports of a host of the namespace's own that are unreachable, whatever entry grants them. */
const isShadowed = ({ place }: Extract<Grant, { kind: 'place' }>, diagnostic: Diagnostic): boolean =>
  diagnostic.code === 'ServiceEntryShadowed' &&
  place.namespace === SHOP &&
  diagnostic.host === place.host &&
  diagnostic.ports.includes(place.port);

/** True for a diagnostic about the very entry that grants. */
export const isAbout = (grant: Grant, { intent, entry }: Diagnostic): boolean =>
  intent === `intent-${grant.intent}` && entry === grant.entry;

/** Refused for all pods, by a diagnostic about the very entry: all of it, or the ports that the diagnostic names. */
export const isRefused = (grant: Grant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => {
    // Names one host that cannot be granted, which is not expected in the first place: the rest of the entry is in force.
    if (!isAbout(grant, diagnostic) || diagnostic.code === 'HostNotNameable') return false;
    if (grant.kind === 'place' && isShadowed(grant, diagnostic)) return true;
    if ('ports' in diagnostic && isException(diagnostic, 'refused')) {
      return grant.kind === 'place' && diagnostic.ports.includes(grant.place.port);
    }
    return isException(diagnostic, 'refused');
  });

/** Granted, but unreachable for the pods of this very scope, by a diagnostic that names the port and the host. */
export const isWaived = (grant: Grant, diagnostics: readonly Diagnostic[], { scope }: Expectation): boolean =>
  diagnostics.some((diagnostic) => {
    if (isException(diagnostic, 'foreign')) return isAbout(grant, diagnostic);
    if (diagnostic.code !== 'PortNotGranted' || labelsKey(diagnostic.selector) !== labelsKey(scope))
      return false;
    if (grant.kind === 'range') return diagnostic.port === grant.port && isAbout(grant, diagnostic);
    const { namespace, host, port } = grant.place;
    return diagnostic.port === port && diagnostic.host === `${namespace}/${host}`;
  });

/** Granted, but with an address that the grant does not guarantee. */
export const isLoose = (grant: Grant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(
    (diagnostic) => isException(diagnostic, 'spoofable', 'foreign') && isAbout(grant, diagnostic),
  );
