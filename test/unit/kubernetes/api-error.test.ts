import { describe, expect, test } from 'vitest';
import { errorOfAnswer, errorOfFailure } from '../../../src/kubernetes/api-error.ts';

describe('an answer is told apart by what we do next', () => {
  test.each([
    [400, 'rejected'],
    [401, 'forbidden'],
    [403, 'forbidden'],
    [404, 'gone'],
    [408, 'unavailable'],
    [409, 'conflict'],
    [410, 'gone'],
    [415, 'rejected'],
    [422, 'rejected'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('%i is %s', (status, kind) => {
    expect(errorOfAnswer(status, '').kind).toBe(kind);
  });
});

test("carries the server's own words, and how long it asks us to wait", () => {
  const body = JSON.stringify({
    reason: 'TooManyRequests',
    message: 'slow down',
    details: { retryAfterSeconds: 2 },
  });
  expect(errorOfAnswer(429, body)).toEqual({
    kind: 'throttled',
    message: '429 TooManyRequests: slow down',
    retryAfterMs: 2000,
  });
  expect(errorOfAnswer(429, body, '7').retryAfterMs).toBe(7000);
});

test('survives the page of a proxy that speaks no JSON', () => {
  expect(errorOfAnswer(502, '<html>bad gateway</html>')).toEqual({
    kind: 'unavailable',
    message: '502 : <html>bad gateway</html>',
  });
});

test('reads whatever is thrown', () => {
  const failure = new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
  expect(errorOfFailure(failure)).toEqual({
    kind: 'unavailable',
    message: 'TypeError: fetch failed: ECONNREFUSED',
  });
  expect(errorOfFailure('odd')).toEqual({ kind: 'unavailable', message: 'Error: odd' });
});
