import { describe, expect, test } from 'vitest';
import { withoutNulls } from '../../../../src/domain/kinds/absent.ts';

describe('without nulls', () => {
  test.each([
    ['a field', { a: null, b: 1 }, { b: 1 }],
    ['a field below others', { a: { b: { c: null } } }, { a: { b: {} } }],
    ['a field of an item', { a: [{ b: null, c: 1 }] }, { a: [{ c: 1 }] }],
    [
      'a label',
      { metadata: { labels: { app: null }, name: 'a' } },
      { metadata: { labels: { app: '' }, name: 'a' } },
    ],
    [
      'an annotation of a template',
      { spec: { template: { metadata: { annotations: { a: null } } } } },
      { spec: { template: { metadata: { annotations: { a: '' } } } } },
    ],
    [
      'the labels of a selector',
      { spec: { workloadSelector: { labels: { app: null } } } },
      { spec: { workloadSelector: { labels: {} } } },
    ],
  ])('%s is as the API server reads it', (_what, value, expected) => {
    expect(withoutNulls(value)).toEqual(expected);
  });

  test.each([null, 'text', [null], { a: [1, null] }, { a: [[null]] }])('%j stays as it is', (value) => {
    expect(withoutNulls(value)).toBe(value);
  });

  test('an object without nulls is the same object', () => {
    const object = { metadata: { name: 'a', labels: {} }, spec: { list: [{ b: '' }] } };
    expect(withoutNulls(object)).toBe(object);
    expect(withoutNulls({ ...object, c: null })).toEqual(object);
  });
});
