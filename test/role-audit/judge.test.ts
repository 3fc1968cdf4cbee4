// The audit of the role finds each kind of right that is missing or too much, and nothing where the role is right.
import { expect, test } from 'vitest';
import type { AuditEvent } from '../kits/control-plane/audit.ts';
import { manifests, SERVICE_ACCOUNT } from '../support/deploy.ts';
import { judge, usesOf } from './judge.ts';
import { rightsOf, textOf, type Right } from './rights.ts';

const RIGHTS = rightsOf(await manifests());

/** The answered request that uses the right, and no other. */
function eventOf({ verb, group, resource, namespace = 'red', name }: Right): AuditEvent {
  const [plural = '', subresource] = resource.split('/');
  return {
    auditID: textOf({ verb, group, resource }),
    stage: 'ResponseComplete',
    requestURI: '/',
    verb,
    user: { username: SERVICE_ACCOUNT.name },
    userAgent: 'egress-intent/0',
    objectRef: {
      apiGroup: group,
      resource: plural,
      namespace,
      ...(subresource === undefined ? {} : { subresource }),
      ...(name === undefined ? {} : { name }),
    },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '',
  };
}
const verdictOn = (events: readonly AuditEvent[], rights = RIGHTS) =>
  judge(rights, SERVICE_ACCOUNT.name, usesOf(events));
const without = <T>(items: readonly T[], item: T): readonly T[] => items.filter((each) => each !== item);

test('a role whose rights are all used, each by one request, is right', () => {
  expect(RIGHTS.length).toBeGreaterThan(40);
  expect(verdictOn(RIGHTS.map(eventOf))).toEqual({
    problems: [],
    requests: RIGHTS.length,
    used: RIGHTS,
    unused: [],
  });
});

test('each right is missed where the role lacks it', () => {
  const events = RIGHTS.map(eventOf);
  for (const right of RIGHTS) {
    const { problems } = verdictOn(events, without(RIGHTS, right));
    expect(problems).toEqual([`Its role does not allow ${textOf({ namespace: 'red', ...right })}.`]);
  }
});

test('each right is too much where nobody uses it', () => {
  for (const right of RIGHTS) expect(verdictOn(without(RIGHTS, right).map(eventOf)).unused).toEqual([right]);
});

test.each([
  { how: 'it was refused', change: { responseStatus: { code: 403 } } },
  { how: 'nothing answered', change: { responseStatus: {} } },
  { how: 'its kind does not exist', change: { responseStatus: { code: 404 } } },
  { how: 'somebody else used it', change: { userAgent: 'kubectl' } },
])('a right is not used where $how', ({ change }) => {
  for (const right of RIGHTS) {
    const others = without(RIGHTS, right).map(eventOf);
    expect(verdictOn([...others, { ...eventOf(right), ...change }]).unused).toEqual([right]);
  }
});

test.each([
  { what: 'verb', change: { verb: 'deletecollection' } },
  { what: 'group', of: { apiGroup: 'example.com' } },
  { what: 'resource', of: { resource: 'other' } },
  { what: 'subresource', of: { subresource: 'scale' } },
  { what: 'namespace', of: { namespace: 'other' }, rights: RIGHTS.filter((right) => right.namespace) },
  { what: 'name', of: { name: 'other' }, rights: RIGHTS.filter((right) => right.name) },
])('a right does not reach another $what', ({ change, of, rights = RIGHTS }) => {
  expect(rights.length).toBeGreaterThan(0);
  for (const right of rights) {
    const { objectRef = { resource: '' }, ...event } = eventOf(right);
    const further = { ...event, ...change, objectRef: { ...objectRef, ...of } };
    expect(verdictOn([further], [right])).toMatchObject({ problems: [expect.any(String)], used: [] });
  }
});

test.each(['patch', 'update'])('to %s an object that does not exist needs the right to create it', (verb) => {
  const right = { verb, group: 'g', resource: 'things' };
  const event = { ...eventOf(right), responseStatus: { code: 201 } };
  expect(verdictOn([event], [right]).problems).toEqual([
    'Its role does not allow create things.g in namespace red.',
  ]);
  const both = [right, { ...right, verb: 'create' }];
  expect(verdictOn([event], both)).toMatchObject({ problems: [], used: both });
});

test('a request of the controller as anybody else is a problem, and one without a known user is none', () => {
  const [right] = RIGHTS;
  if (right === undefined) throw new Error('no rights');
  const asAdmin = { ...eventOf(right), user: { username: 'admin' } };
  expect(verdictOn([asAdmin]).problems.join('')).toContain('was run as admin');
  expect(verdictOn([{ ...asAdmin, responseStatus: { code: 401 } }]).problems).toEqual([]);
});

test('a path without a resource is not in any role', () => {
  const [right] = RIGHTS;
  if (right === undefined) throw new Error('no rights');
  const { objectRef: _, ...event } = eventOf(right);
  expect(verdictOn([{ ...event, verb: 'get', requestURI: '/version' }]).problems).toEqual([
    'Its role does not allow get /version.',
  ]);
});

test('a watch that still goes on uses its right, and is counted at its end', () => {
  const right = { verb: 'watch', group: 'g', resource: 'things' };
  const start = { ...eventOf(right), stage: 'ResponseStarted' as const };
  expect(verdictOn([start], [right])).toMatchObject({ used: [right], requests: 0 });
  expect(verdictOn([start, eventOf(right)], [right])).toMatchObject({ used: [right], requests: 1 });
});
