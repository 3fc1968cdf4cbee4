// Only a call at an address that the answering registration lacks, and that a range grants, is one of the range.
import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import { isCallOfRange } from './calls-of-ranges.ts';
import type { Grant } from './expectation.ts';
import type { Attempt } from './probes.ts';

const ADDRESS = '203.0.113.8';
const call: Attempt = { protocol: 'tls', address: ADDRESS, port: 443, name: 'b.ext.com' };
const place = { ...call, host: 'b.ext.com', namespace: 'infra', class: 'tls' } as const;
const granted: Grant = { kind: 'place', intent: 0, entry: 0, place };
const range: Grant = { kind: 'range', intent: 0, entry: 1, range: '203.0.113.0/24', port: 443 };
const about = { namespace: 'shop', intent: 'intent-0', entry: 0 };
const note: Diagnostic = {
  ...about,
  code: 'RegistrationFollowed',
  host: 'b.ext.com',
  serviceEntry: 'shop/own',
};
const ofInfra = new Set([`infra/b.ext.com ${ADDRESS}`]);

const after: ProbeResult = {
  verdict: 'allowed',
  cluster: 'outbound|443||tcp-443.egress-intent.internal',
  clusterType: 'ORIGINAL_DST',
};
const blocked: ProbeResult = { verdict: 'blocked', why: 'black-hole' };

const setting = { grants: [granted, range], diagnostics: [note], ownAddresses: ofInfra, after };

test.each([
  ['the range', call, setting, true],
  ['the host: nothing says that another registration answers', call, { ...setting, diagnostics: [] }, false],
  [
    'the host: that is said of another entry',
    call,
    { ...setting, diagnostics: [{ ...note, entry: 2 }] },
    false,
  ],
  [
    'the host: the answering registration has the address too',
    call,
    { ...setting, ownAddresses: new Set([...ofInfra, `shop/b.ext.com ${ADDRESS}`]) },
    false,
  ],
  [
    'the host: no range grants the address',
    call,
    { ...setting, grants: [{ ...range, range: '198.51.100.0/24' }] },
    false,
  ],
  [
    'the host: it goes to the host',
    call,
    { ...setting, after: { ...after, cluster: 'outbound|443||b.ext.com' } },
    false,
  ],
  ['the host: it is blocked', call, { ...setting, after: blocked }, false],
  [
    'the host: the range is granted on another port',
    call,
    { ...setting, grants: [{ ...range, port: 80 }] },
    false,
  ],
])('a call of %s', (_whose, attempt, given, isOfRange) => {
  expect(isCallOfRange(granted, attempt, given)).toBe(isOfRange);
});
