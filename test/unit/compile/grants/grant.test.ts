// The order of grants by age, and the ports that a grant allows.
import { describe, expect, test } from 'vitest';
import { allowedPorts, oldestGrantFirst, oldestIntentFirst } from '../../../../src/compile/grants/grant.ts';
import { created } from '../../../support/cluster-objects.ts';
import { grant, http, intent, registered, tls } from '../../../support/registered-hosts.ts';

const old = intent('old', created('01'));
const young = intent('young', created('02'));

test('of two intents of the same second, the first by name is the older', () => {
  expect(
    [young, intent('b', created('01')), old, intent('a', created('01'))].toSorted(oldestIntentFirst),
  ).toMatchObject([{ name: 'a' }, { name: 'b' }, { name: 'old' }, { name: 'young' }]);
});

describe('the older of two grants', () => {
  test.each([
    ['has the older intent', grant(old), grant(young)],
    ['is of the earlier entry of one intent', grant(old, { entry: 0 }), grant(old, { entry: 1 })],
    [
      'was possible first, whatever the intents',
      grant(young),
      grant(old, { grantedSince: intent('c', created('03')) }),
    ],
  ])('%s', (_title, older, younger) => {
    expect([younger, older].toSorted(oldestGrantFirst)).toEqual([older, younger]);
  });
});

test('a grant allows the ports that both it and the host have', () => {
  const host = registered('pay/api', { ports: [http(80), tls(443)] });
  expect(allowedPorts('every', host)).toEqual([http(80), tls(443)]);
  expect(allowedPorts([443, 8443], host)).toEqual([tls(443)]);
});
