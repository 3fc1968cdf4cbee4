// The fault matrix: each fault that the controller must survive, one row each. A row either makes its fault on the stage, where `faults.test.ts`
// judges every version of every generated object, or names the test that does.
import {
  EXPIRED,
  isWatch,
  proxied,
  withDroppedPackets,
  withExpiredContinue,
  withRetryAfter,
  withSlowLists,
} from './requests.ts';
import { withClockSkew } from './clock-skew.ts';
import { withDefinitionsGone, withoutDefinitions } from './definitions.ts';
import { withDyingNamespace } from './dying-namespace.ts';
import { withWebhook, withPolicy } from './refusals.ts';
import { withoutRole } from './role.ts';
import type { Begun, Stage } from './stage.ts';
import { withTokenRotation } from './token-rotation.ts';

export type StagedRow = {
  readonly fault: string;
  readonly begin: (stage: Stage) => Promise<Begun>;
  /** How long the fault lasts, in ms. Default 1,500. */
  readonly lastsMs?: number;
  /** Within which time after the cure everything must be as it should, in ms. Default 5,000. */
  readonly recoversWithinMs?: number;
  /** The fault itself takes Sidecars away, so only the end is judged. */
  readonly isDestructive?: true;
};

/** A row that is tested elsewhere: in this file by a test whose title contains this text. */
export type ReferredRow = { readonly fault: string; readonly file: string; readonly test: string };

const AUTHENTICATION_MS = 8_000; // longer than it takes until each watch waits its longest time

export const STAGED: readonly StagedRow[] = [
  { fault: 'connections are reset', begin: proxied({ kind: 'reset' }) },
  {
    fault: 'writes are carried out, and the connection breaks before the answer',
    begin: proxied({ kind: 'reset-after-forward' }),
  },
  { fault: 'watches end within a line', begin: proxied({ kind: 'truncate', afterBytes: 150 }, isWatch) },
  { fault: 'answers end within a line', begin: proxied({ kind: 'truncate', afterBytes: 150 }) },
  { fault: '429 with Retry-After, which is obeyed', begin: withRetryAfter },
  { fault: '500', begin: proxied({ kind: 'status', status: 500 }) },
  { fault: '503', begin: proxied({ kind: 'status', status: 503 }) },
  { fault: '410 as the status of a watch', begin: proxied({ kind: 'status', status: 410 }, isWatch) },
  { fault: '410 as an event of a watch', begin: proxied({ kind: 'events', events: [EXPIRED] }, isWatch) },
  { fault: 'packets are dropped', begin: withDroppedPackets, lastsMs: 3_000 },
  { fault: 'lists are slow, for a controller that starts', begin: withSlowLists },
  { fault: 'the continue token of a list expires', begin: withExpiredContinue },
  { fault: 'the token is rotated, and the old one is refused', begin: withTokenRotation },
  {
    fault: '401 that comes and goes',
    begin: proxied({ kind: 'status', status: 401 }),
    lastsMs: AUTHENTICATION_MS,
  },
  { fault: '403 that comes and goes', begin: withoutRole, lastsMs: AUTHENTICATION_MS },
  {
    fault: 'the CustomResourceDefinitions are missing when the controller starts',
    begin: withoutDefinitions,
    isDestructive: true,
  },
  {
    fault: 'the definitions of Istio are removed and created again',
    begin: withDefinitionsGone,
    isDestructive: true,
  },
  { fault: 'a webhook cannot be called', begin: withWebhook },
  { fault: 'a policy refuses', begin: withPolicy, lastsMs: 3_000 },
  { fault: 'a namespace terminates, without a warning', begin: withDyingNamespace },
  {
    fault: 'clock skew: the replica that leads is an hour ahead',
    begin: withClockSkew(3_600_000),
    lastsMs: 3_000,
    recoversWithinMs: 8_000,
  },
  {
    fault: 'clock skew: the replica that leads is an hour behind',
    begin: withClockSkew(-3_600_000),
    lastsMs: 3_000,
    recoversWithinMs: 8_000,
  },
];

const outage = 'test/integration/outage.test.ts';
const definition = 'test/integration/definition.test.ts';
const refused = 'test/integration/refused.test.ts';

export const REFERRED: readonly ReferredRow[] = [
  { fault: 'etcd and the API server crash', file: outage, test: 'by a crash deletes nothing' },
  { fault: 'the API server stands still', file: outage, test: 'without any response, on open connections' },
  { fault: 'the definition of EgressIntent is removed', file: definition, test: 'no intent comes back' },
  { fault: 'it is created again', file: definition, test: 'an intent that comes back has its objects' },
  {
    fault: 'the kind Sidecar is gone',
    file: 'test/integration/what-stands.test.ts',
    test: 'once the kind Sidecar is gone',
  },
  { fault: 'a webhook of Istio refuses', file: refused, test: 'is written in part after a denial' },
  { fault: 'it is down', file: refused, test: 'is not written during an outage' },
  {
    fault: 'restore from a backup, in every order',
    file: 'test/integration/faults/faults.test.ts',
    test: 'in the order $parts',
  },
  {
    fault: 'a clock says anything',
    file: 'test/unit/kubernetes/election.test.ts',
    test: 'whatever its clock says',
  },
  {
    fault: 'a definition is missing',
    file: 'test/unit/controller/readiness.test.ts',
    test: 'names the CustomResourceDefinitions that are missing',
  },
  {
    fault: 'one write fails',
    file: 'test/unit/controller/faults.test.ts',
    test: 'delays only the writes that depend on it',
  },
  {
    fault: 'kill -9 of the controller at each write',
    file: 'test/integration/crash.test.ts',
    test: 'any write comes to the same result',
  },
  { fault: 'kill -9 and SIGSTOP at random', file: 'test/integration/chaos.test.ts', test: 'opens nothing' },
];
