// How a response or a failure becomes an ApiError: by what the controller does next.
import { describe, expect, test } from 'vitest';
import { errorOfAnswer, errorOfFailure } from '../../../src/kubernetes/api-error.ts';

describe('the kind of error for status', () => {
  test.each([
    [400, 'rejected'],
    [405, 'unsupported'],
    [413, 'unsupported'],
    [401, 'forbidden'],
    [403, 'forbidden'],
    [404, 'notFound'],
    [408, 'unavailable'],
    [409, 'conflict'],
    [410, 'expired'],
    [415, 'unsupported'],
    [422, 'rejected'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('%i is %s', (status, kind) => {
    const body = JSON.stringify({ kind: 'Status', message: 'no' });
    expect(errorOfAnswer(status, body).kind).toBe(kind);
    // A proxy before the API server answers without a Status, and has not looked at the object.
    const withoutStatus = kind === 'rejected' ? 'unsupported' : kind;
    for (const page of ['', '<html>bad request</html>', '{"message":"no"}'])
      expect(errorOfAnswer(status, page).kind).toBe(withoutStatus);
  });
});

test.each([
  [403, 'admission webhook "validation.istio.io" denied the request: bad', 'rejected'],
  [403, 'admission webhook "rev.validation.istio.io" denied the request: bad', 'rejected'],
  [400, 'admission webhook "rev.validation.istio.io" denied the request: bad', 'rejected'],
  [400, 'admission webhook "policy.example.com" denied the request: bad', 'rejected'],
  [400, 'admission webhook "policy.example.com" does not support dry run', 'unsupported'],
  [403, 'admission webhook "fakevalidation.istio.io" denied the request: bad', 'forbidden'],
  [403, 'quoted: admission webhook "validation.istio.io" denied the request: bad', 'forbidden'],
  [500, 'admission webhook "rev.validation.istio.io" denied the request: bad', 'rejected'],
  [504, 'Timeout: request did not complete within requested timeout', 'unavailable'],
  [403, 'admission webhook "policy.example.com" denied the request: bad', 'forbidden'],
  [500, 'failed calling webhook "validation.istio.io": timeout', 'unavailable'],
  [503, 'failed calling webhook "rev.validation.istio.io": refused', 'unavailable'],
])('%i with the message %s is %s', (status, message, kind) => {
  expect(errorOfAnswer(status, JSON.stringify({ kind: 'Status', message })).kind).toBe(kind);
});

test("has the server's message, and the delay that the server asks for", () => {
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

test('a namespace that is being deleted is told from a role that forbids', () => {
  const message = 'unable to create new content in namespace red because it is being terminated';
  const causes = [{ reason: 'NamespaceTerminating', message: 'namespace red is being terminated' }];
  const body = (details: object): string => JSON.stringify({ kind: 'Status', message, details });
  expect(errorOfAnswer(403, body({ causes })).kind).toBe('terminating');
  for (const details of [{}, { causes: null }, { causes: [{ reason: 'Other' }] }])
    expect(errorOfAnswer(403, body(details)).kind).toBe('forbidden');
});

test('accepts a body that is not JSON, such as the page of a proxy', () => {
  expect(errorOfAnswer(502, '<html>bad gateway</html>')).toEqual({
    kind: 'unavailable',
    message: '502 : <html>bad gateway</html>',
  });
});

test('accepts any value that is thrown', () => {
  const failure = new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
  expect(errorOfFailure(failure)).toEqual({
    kind: 'unavailable',
    message: 'TypeError: fetch failed: ECONNREFUSED',
  });
  expect(errorOfFailure('odd')).toEqual({ kind: 'unavailable', message: 'Error: odd' });
});
