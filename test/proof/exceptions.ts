// The closed list of exceptions: what a diagnostic may say that makes a difference between what is granted and what is let through.
// Everything else that differs is a fault. The README tells why Istio forces each on us.
import type { Diagnostic, DiagnosticCode } from '../../src/domain/egress-intent/diagnostic.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import type { Expectation, Grant } from './expectation.ts';
import { SHOP } from './world-spec.ts';

/** The entry is not in force at all, or the ports are not that the diagnostic names. */
const REFUSALS = [
  'ProtocolConflict',
  'HostIsService',
  'ExternalNameLoop',
  'OlderGrantDisplaced',
  'TcpHostNeedsAddress',
] as const satisfies readonly DiagnosticCode[];

/** Ports of a host of the own namespace that are not in force, whatever entry grants them. */
const isHidden = ({ place }: Extract<Grant, { kind: 'place' }>, diagnostic: Diagnostic): boolean =>
  diagnostic.code === 'ServiceEntryShadowed' &&
  place.namespace === SHOP &&
  diagnostic.host === place.host &&
  diagnostic.ports.includes(place.port);

/** The address at which a call ends is the client's to choose, or somebody else's to say. */
const LOOSE = ['HostSpoofable', 'HostAlsoRegistered'] as const satisfies readonly DiagnosticCode[];

export const EXCEPTIONS: readonly DiagnosticCode[] = [
  ...REFUSALS,
  ...LOOSE,
  'PortNotGranted',
  'ServiceEntryShadowed',
];

const has = (codes: readonly DiagnosticCode[], { code }: Diagnostic): boolean => codes.includes(code);

const isAbout = (grant: Grant, { intent, entry }: Diagnostic): boolean =>
  intent === `intent-${grant.intent}` && entry === grant.entry;

/** Refused outright, by a diagnostic about the very entry. */
export const isRefused = (grant: Grant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => {
    if (!isAbout(grant, diagnostic)) return false;
    if (grant.kind === 'place' && isHidden(grant, diagnostic)) return true;
    if ('ports' in diagnostic && has(REFUSALS, diagnostic)) {
      return grant.kind === 'place' && diagnostic.ports.includes(grant.place.port);
    }
    return has(REFUSALS, diagnostic);
  });

/** Granted, but not to be had in this very scope, and a diagnostic says of which port of which host. */
export const isWaived = (grant: Grant, diagnostics: readonly Diagnostic[], { scope }: Expectation): boolean =>
  diagnostics.some((diagnostic) => {
    if (diagnostic.code === 'HostAlsoRegistered') return isAbout(grant, diagnostic);
    if (diagnostic.code !== 'PortNotGranted' || labelsKey(diagnostic.selector) !== labelsKey(scope))
      return false;
    if (grant.kind === 'range') return diagnostic.port === grant.port && isAbout(grant, diagnostic);
    const { namespace, host, port } = grant.place;
    return diagnostic.port === port && diagnostic.host === `${namespace}/${host}`;
  });

/** Granted, but with an address that the grant does not vouch for. */
export const isLoose = (grant: Grant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => has(LOOSE, diagnostic) && isAbout(grant, diagnostic));
