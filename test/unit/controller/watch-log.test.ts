// The log of watches that fail: at once for each kind and reason, then once a minute, and no warning for what is normal.
import { expect, test } from 'vitest';
import { createWatchLog } from '../../../src/controller/watch-log.ts';
import type { ApiError } from '../../../src/kubernetes/api-error.ts';

const error = (kind: ApiError['kind']): ApiError => ({ kind, message: `it is ${kind}` });

function recorded() {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (fields: { kind: string; reason: string }): void =>
      void lines.push(`${level} ${fields.kind} ${fields.reason}`);
  const log = createWatchLog({ warn: at('warn'), debug: at('debug') } as never);
  return { log, lines };
}

test('names each kind and each reason at once, and repeats it once a minute', () => {
  const { log, lines } = recorded();
  for (let second = 0; second < 120; second += 1) log('Pod', error('forbidden'), second * 1_000);
  log('Sidecar', error('forbidden'), 1_000);
  log('Pod', error('unavailable'), 120_000);
  expect(lines).toEqual([
    'warn Pod forbidden',
    'warn Pod forbidden',
    'warn Sidecar forbidden',
    'warn Pod unavailable',
  ]);
});

test('an expired version is no warning', () => {
  const { log, lines } = recorded();
  log('Pod', error('expired'), 0);
  expect(lines).toEqual(['debug Pod expired']);
});
