// A granted host whose calls foreign configuration changes, and the diagnostics about it.
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import type { Scope } from '../scopes.ts';
import { grantsFor, type Destination } from '../sidecar/destination.ts';

export type AffectedHost = {
  readonly destination: Destination;
  /** The host that is called, as a Sidecar lists it. */
  readonly host: string;
  readonly diagnostic: EntryDiagnostic;
};

/** One diagnostic for each entry that grants the host or, for a platform host, for each intent of the scope. */
export function diagnosticsOf(
  { destination, host, diagnostic }: AffectedHost,
  { intents }: Scope,
): readonly Diagnostic[] {
  const grants = grantsFor(destination, host);
  if (grants.length === 0) return intents.map(({ name }): Diagnostic => ({ ...diagnostic, intent: name }));
  return grants.map(({ intent, entry }): Diagnostic => ({ ...diagnostic, intent: intent.name, entry }));
}
