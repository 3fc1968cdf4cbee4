// Every list in a status is bounded, and says how much is left out.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutText, listText } from '../../../src/status/list-text.ts';
import { compiled } from '../../support/compiler.ts';
import { namespaceObject, podObject } from '../../support/story.ts';

const intent = (allow: readonly object[], rest: object = {}, name = 'wide'): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'red', uid: `uid-${name}` },
  spec: { allow, ...rest },
});
const statusOf = (objects: readonly object[], name = 'wide') =>
  compiled([namespaceObject('red'), ...objects], 'red').statuses[name];
const absent = Array.from({ length: 256 }, (_, index) => ({
  service: { name: `absent-${index}`, namespace: 'n'.repeat(60) },
}));
const hosts = Array.from({ length: 200 }, (_, index) => ({
  host: `api-${index}.example.com`,
  ports: [{ port: 443, protocol: 'TLS' }],
}));
const MAX_MESSAGE = 32_768;

describe('a status', () => {
  test.each([
    { what: 'unresolved entries', objects: [intent(absent)], type: 'ResolvedRefs', says: /; and \d+ more$/ },
    {
      what: 'refused entries',
      objects: [intent(Array.from({ length: 200 }, (_, n) => ({ host: `10.0.0.${n}` })))],
      type: 'Accepted',
      says: /; and \d+ more$/,
    },
    {
      what: 'problems of an intent that cannot be read',
      objects: [intent(Array.from({ length: 200 }, () => ({ nothing: 1 })))],
      type: 'Accepted',
      says: /; and \d+ more$/,
    },
    {
      what: 'hosts that Audit would list',
      objects: [intent(hosts, { mode: 'Audit' })],
      type: 'Programmed',
      says: /and \d+ more/,
    },
    {
      what: 'resources',
      objects: [intent(hosts), podObject('p', 'red')],
      type: 'Programmed',
      says: /; resources lists the first 64 of 201 objects$/,
    },
    {
      what: 'foreign Sidecars that take precedence',
      objects: [
        intent([], { workloadSelector: { matchLabels: { app: 'web' } } }),
        ...Array.from({ length: 80 }, (_, n) => [
          podObject(`p${n}`, 'red', { app: 'web', n: String(n) }),
          {
            apiVersion: 'networking.istio.io/v1',
            kind: 'Sidecar',
            metadata: { name: `a${n}`, namespace: 'red', creationTimestamp: '2020-01-01T00:00:00Z' },
            spec: { workloadSelector: { labels: { n: String(n) } }, egress: [{ hosts: ['./*'] }] },
          },
        ]).flat(),
      ],
      type: 'Effective',
      says: /, and 30 more take precedence/,
    },
  ])('lists the first $what, and how many more there are', ({ objects, type, says }) => {
    const status = statusOf(objects);
    const found = status?.conditions?.find((condition) => condition.type === type);
    expect(found?.message).toMatch(says);
    for (const { message } of status?.conditions ?? []) expect(message.length).toBeLessThan(MAX_MESSAGE);
    expect(status?.resources?.length).toBeLessThanOrEqual(64);
  });
});

test('a list names whole items, all of a short one, and counts the rest', () => {
  expect(listText(['a', 'b'], ', ')).toBe('a, b');
  expect(listText([], ', ')).toBe('');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 120 }), (lengths) => {
      const items = lengths.map((length) => 'x'.repeat(length));
      const text = listText(items, '; ');
      expect(text.length).toBeLessThan(7_100);
      const [, more = '0'] = /and (\d+) more$/.exec(text) ?? [];
      const named = text.split('; ').filter((part) => part.startsWith('x'));
      expect(named).toEqual(items.slice(0, items.length - Number(more)));
    }),
  );
  expect(cutText('abcdef', 4)).toBe('abcd... and 2 characters more');
});
