// The closed list of exceptions: what a diagnostic may say that makes a difference between what is granted and what is let through.
// Everything else that differs is a fault.
import type { Diagnostic } from '../../src/domain/diagnostic.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import type { Expectation, Grant } from './expectation.ts';

const sourceOf = ({ intent, entry }: Diagnostic): string => `${intent} ${entry}`;
export const isAbout = (grant: Grant, diagnostic: Diagnostic): boolean =>
  sourceOf(diagnostic) === `intent-${grant.intent} ${grant.entry}`;

/** Refused outright, by a diagnostic about the very entry. */
export const isRefused = (grant: Grant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => {
    if (!isAbout(grant, diagnostic)) return false;
    if (diagnostic.code === 'TcpHostNeedsAddress') {
      return grant.kind === 'place' && diagnostic.ports.includes(grant.place.port);
    }
    return ['HostProtocolsDiffer', 'HostInCluster', 'AliasLeadsNowhere', 'WouldDisplace'].includes(
      diagnostic.code,
    );
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
