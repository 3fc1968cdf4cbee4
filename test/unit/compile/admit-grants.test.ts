// A younger grant that would take a port away from an older one is refused, even if the two are for different pods: Istio knows an external
// host with the ports of the whole namespace.
import { describe, expect, test } from 'vitest';
import { admitGrants } from '../../../src/compile/admit-grants.ts';
import { resolveIntent } from '../../../src/compile/grants/resolve.ts';
import { scopesOf } from '../../../src/compile/scopes.ts';
import type { AllowEntry, Intent } from '../../../src/domain/egress-intent/intent.ts';
import { normalisedHost } from '../../../src/domain/network.ts';
import { cidr, created, snapshotOf } from '../../support/cluster-objects.ts';
import { intent, linesOf } from '../../support/registered-hosts.ts';

const HOST = 'api.example.com';
const RANGE_HOST = 'shop/tcp-443.cidr-203-0-113-0-24.egress-intent.internal';

const host = (...ports: readonly number[]): AllowEntry => ({
  kind: 'host',
  host: normalisedHost(HOST),
  ports: ports.map((port) => ({ port, protocol: 'TLS' })),
});
const RANGE: AllowEntry = { kind: 'cidr', cidr: cidr('203.0.113.0/24'), ports: [443] };

function admitted(...intents: readonly Intent[]) {
  const snapshot = snapshotOf([], { intents, platformHosts: [] });
  const grants = snapshot.intents.flatMap((each) => resolveIntent(each, snapshot).accepted);
  const { accepted, refused, sidecars } = admitGrants(scopesOf(snapshot.intents, []), grants, {
    snapshot,
    platformHosts: () => [],
    held: [],
  });
  return {
    accepted: accepted.map((grant) => grant.intent.name),
    refused: refused.map((diagnostic) => `${diagnostic.code} ${diagnostic.intent}`),
    details: refused,
    listeners: Object.fromEntries(
      sidecars.map(({ sidecar }) => [
        sidecar.scope.selector['app'] ?? 'default',
        linesOf(sidecar.spec.egress),
      ]),
    ),
    conflicts: sidecars.flatMap(({ listeners }) =>
      listeners.conflicts.map((conflict) => `${conflict.host}:${conflict.port}`),
    ),
  };
}

// Every pod may call the host on port 443, which is its only port: the host can be listed without a listener for the port.
const DEFAULT = intent('default', { selector: {}, allow: [host(443)], ...created('01') });
// Pods of `web` may also call a range on port 443, through a listener for any address.
const WEB = intent('web', { allow: [RANGE], ...created('02') });
// With port 8443 the host has a port that the others may not call. They need a TLS listener for 443, which excludes the range.
const OTHER = intent('other', { allow: [host(8443)], ...created('03') });

test('the younger grant is refused, and the older Sidecars stay as they are', () => {
  const { accepted, refused, listeners } = admitted(DEFAULT, WEB, OTHER);
  expect(accepted).toEqual(['default', 'web']);
  expect(refused).toEqual(['OlderGrantDisplaced other']);
  expect(listeners).toMatchObject({
    web: [`default: shop/${HOST} ${RANGE_HOST}`],
    default: [`default: shop/${HOST}`],
  });
});

test('the refusal names what would be displaced', () => {
  expect(admitted(DEFAULT, WEB, OTHER).details).toMatchObject([
    {
      intent: 'other',
      entry: 0,
      host: HOST,
      ports: [8443],
      displaced: RANGE_HOST,
      port: 443,
      olderIntent: 'web',
      selector: { app: 'web' },
    },
  ]);
});

describe('the grant is accepted', () => {
  const ALL = { refused: [] };

  test('if no older grant needs the port', () => {
    expect(admitted(DEFAULT, OTHER)).toMatchObject({ ...ALL, conflicts: [] });
  });

  test('if it is for ports that the host has already', () => {
    expect(admitted(DEFAULT, WEB, { ...OTHER, allow: [host(443)] })).toMatchObject({ ...ALL, conflicts: [] });
  });

  test('if it is older: then the port of the younger grant is unreachable', () => {
    const younger = { ...WEB, ...created('04') };
    expect(admitted(DEFAULT, OTHER, younger)).toMatchObject({ ...ALL, conflicts: [`${RANGE_HOST}:443`] });
  });

  test('if the pods of the older grant are not restricted', () => {
    const audit = [DEFAULT, WEB].map((each) => ({ ...each, mode: 'Audit' as const }));
    expect(admitted(...audit, OTHER)).toMatchObject(ALL);
  });

  test('if the pods of the older grant were restricted only later', () => {
    const audit = [DEFAULT, WEB].map((each) => ({ ...each, mode: 'Audit' as const }));
    const enforcing = intent('enforcing', { selector: { app: 'web' }, ...created('04') });
    expect(admitted(...audit, OTHER, enforcing)).toMatchObject({ ...ALL, conflicts: [`${RANGE_HOST}:443`] });
  });
});

test('grants with another protocol than an older grant are refused first', () => {
  const http: AllowEntry = {
    kind: 'host',
    host: normalisedHost(HOST),
    ports: [{ port: 443, protocol: 'HTTP' }],
  };
  const { accepted, refused } = admitted({ ...OTHER, allow: [http] }, DEFAULT);
  expect(accepted).toEqual(['default']);
  expect(refused).toEqual(['ProtocolConflict other']);
});

const tcpHost = (name: string): AllowEntry => ({
  kind: 'host',
  host: normalisedHost(name),
  ports: [{ port: 5432, protocol: 'TCP' }],
});

test('a host of plain TCP is not said to take a port from itself', () => {
  const { refused, conflicts } = admitted(
    DEFAULT,
    intent('second', { selector: {}, allow: [tcpHost('db.example.com')], ...created('02') }),
    intent('third', { selector: {}, allow: [tcpHost('other.example.com')], ...created('03') }),
  );
  expect(refused).toEqual([]);
  expect(conflicts).toEqual(['shop/other.example.com:5432']);
});
