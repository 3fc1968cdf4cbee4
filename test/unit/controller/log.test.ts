// A line of the log has at most 8 KB and 20 items of a list, whatever it tells of.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../../../src/controller/log.ts';

function lineOf(fields: object): string {
  const lines: string[] = [];
  createLog('info', { write: (line: string) => void lines.push(line) }).info(fields, 'reconciled');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

test('names 20 of the objects that a run wrote, and how many more there are', () => {
  const written = Array.from({ length: 16_384 }, (_, index) => `apply ServiceEntry/egress-intent-${index}`);
  const line = JSON.parse(lineOf({ namespace: 'red', written })) as { readonly written: readonly string[] };
  expect(line).toMatchObject({ namespace: 'red', msg: 'reconciled' });
  expect(line.written).toEqual([...written.slice(0, 20), '... and 16364 more']);
});

test.each([
  ['an error message', { errors: ['x'.repeat(100_000)] }],
  ['many of them', { errors: Array.from({ length: 1_000 }, () => 'y'.repeat(10_000)) }],
  [
    'the problems of an object',
    { problems: Array.from({ length: 300 }, (_, n) => `spec.allow[${n}]: ${'z'.repeat(300)}`) },
  ],
  [
    'what is kept',
    { kept: Array.from({ length: 500 }, (_, n) => ({ id: `Sidecar/${n}`, intent: 'i'.repeat(253) })) },
  ],
  ['a bug', { err: new Error('e'.repeat(50_000)) }],
])('of %s, keeps 8 KB and says how much is left out', (_what, fields) => {
  const line = lineOf({ namespace: 'red', ...fields });
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8_192);
  expect(line).toContain('more');
  expect(JSON.parse(line)).toMatchObject({ namespace: 'red' });
});

test('never exceeds 8 KB, and leaves a short line as it is', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string({ maxLength: 8 }).filter((key) => key !== 'err'),
        fc.jsonValue({ maxDepth: 3 }),
        { maxKeys: 6 },
      ),
      fc.integer({ min: 1, max: 5_000 }),
      (fields, factor) => {
        expect(Buffer.byteLength(lineOf(fields))).toBeLessThanOrEqual(8_192);
        const large = {
          ...fields,
          list: Array.from({ length: factor }, () => fields),
          text: 'é\u0001'.repeat(factor),
        };
        expect(Buffer.byteLength(lineOf(large))).toBeLessThanOrEqual(8_192);
      },
    ),
    { numRuns: 200 },
  );
  const short = { namespace: 'red', written: ['apply Sidecar/web'], statuses: 1 };
  expect(JSON.parse(lineOf(short))).toMatchObject(short);
});
