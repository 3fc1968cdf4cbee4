// What people are told about a `cidr` entry names its range, and never the host under which the controller registers it.
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';
import { compiled } from '../../support/compiler.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

const intent = (name: string, month: string, spec: object): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: `2026-${month}-01T00:00:00Z` },
  spec,
});
const host = (...ports: readonly number[]): object => ({
  host: 'api.example.com',
  ports: ports.map((port) => ({ port, protocol: 'TLS' })),
});
const forWeb = { workloadSelector: { matchLabels: { app: 'web' } } };
const forOther = { workloadSelector: { matchLabels: { app: 'other' } } };

const RANGES = ['203.0.113.0/24', '198.51.0.0/17', '2001:db8::/64', 'fd00::/9'];
/** Each has a listener of its own, so nothing gets in its way. */
const ADDRESSES = ['198.51.100.7', '2001:db8::7', 'fd00::'];

/** What the diagnostics and conditions say, and what `validate` prints. */
async function toldOf(objects: readonly object[]): Promise<string> {
  const { statuses } = compiled(objects, 'shop');
  const { stdout } = await cli(
    ['validate', '-'],
    objects.map((each) => JSON.stringify(each)).join('\n---\n'),
  );
  const messages = Object.values(statuses).flatMap(({ conditions = [] }) =>
    conditions.map(({ message }) => message),
  );
  return [...messages, stdout].join('\n');
}

const cidrEntry = (cidr: string, ...ports: readonly number[]): object => ({
  cidr,
  ports: ports.map((port) => ({ port })),
});

describe.each(RANGES)('%s', (range) => {
  const open = intent('default', '01', { allow: [host(443)] });

  test('OlderGrantDisplaced names the range that would be lost', async () => {
    const web = intent('web', '02', { ...forWeb, allow: [cidrEntry(range, 443)] });
    const told = await toldOf([open, web, intent('other', '03', { ...forOther, allow: [host(8443)] })]);
    expect(told).toContain(`would make port 443 of ${range} unreachable`);
    expect(told).not.toContain('egress-intent.internal');
  });

  test('PortNotGranted names the range that is unreachable', async () => {
    const web = intent('web', '04', { ...forWeb, allow: [cidrEntry(range, 443)] });
    const told = await toldOf([open, intent('other', '03', { ...forOther, allow: [host(8443)] }), web]);
    expect(told).toContain(`cannot call port 443 of ${range}:`);
    expect(told).not.toContain('egress-intent.internal');
  });

  test('PortNotGranted names the range that is in the way', async () => {
    const all = intent('all', '01', { allow: [cidrEntry(range, 443)] });
    const other = intent('other', '03', { ...forOther, allow: [host(443, 8443)] });
    const web = intent('web', '04', { ...forWeb, allow: [host(443)] });
    const told = await toldOf([all, other, web]);
    expect(told).toContain(`conflicts with that for ${range}:`);
    expect(told).not.toContain('egress-intent.internal');
  });
});

test.each([...RANGES, ...ADDRESSES])(
  'mode Audit names %s and its ports in what Enforce would list',
  async (range) => {
    const told = await toldOf([
      intent('web', '01', { ...forWeb, mode: 'Audit', allow: [cidrEntry(range, 443, 5432)] }),
    ]);
    expect(told).toContain(`${range} on port 443, ${range} on port 5432`);
    expect(told).not.toContain('egress-intent.internal');
  },
);
