// Which calls for the name of a granted host are those of a granted range.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import { covers, partsOf } from '../../src/domain/istio/egress-host.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import { isAbout } from './exceptions.ts';
import type { Grant } from './expectation.ts';
import { isCallFor } from './mismatches.ts';
import type { Attempt } from './probes.ts';

type Granted = {
  /** Those that the pods can use. */
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
  /** The addresses that ServiceEntries give their hosts, as `namespace/host address`. */
  readonly ownAddresses: ReadonlySet<string>;
  /** Where the call goes with our objects. */
  readonly after: ProbeResult;
};

/**
 * True at an address that a range grants and where the call ends at that range, if only the registration has it which the entry names, and another one
 * answers, as a note about the very entry says. A host is called at the addresses of the registration that answers; one without is called anywhere, and a
 * granted range takes what is called within it, of this host as of any other.
 */
export function isCallOfRange(
  grant: Grant,
  attempt: Attempt,
  { grants, diagnostics, ownAddresses, after }: Granted,
): boolean {
  const isAddressIn = (namespace: string): boolean =>
    ownAddresses.has(`${namespace}/${attempt.name} ${attempt.address}`);
  return (
    grant.kind === 'place' &&
    endsAtRange(after) &&
    isAddressIn(grant.place.namespace) &&
    grants.some((other) => other.kind === 'range' && isCallFor(other, { ...attempt, protocol: 'tcp' })) &&
    diagnostics.some(
      (diagnostic) =>
        diagnostic.code === 'RegistrationFollowed' &&
        isAbout(grant, diagnostic) &&
        diagnostic.host === grant.place.host &&
        !isAddressIn(partsOf(diagnostic.serviceEntry).namespace),
    )
  );
}

/** True if the call ends at a granted range, and the diagnostic names its host and port. */
export function takesHttp(diagnostic: Diagnostic, { port, name }: Attempt, after: ProbeResult): boolean {
  if (diagnostic.code !== 'CidrTakesHost' || diagnostic.port !== port) return false;
  return endsAtRange(after) && covers(partsOf(diagnostic.host).name, name);
}

const endsAtRange = ({ verdict, cluster = '' }: ProbeResult): boolean =>
  verdict === 'allowed' && cluster.endsWith('.egress-intent.internal');
