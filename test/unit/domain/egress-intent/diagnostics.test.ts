import { describe, expect, test } from 'vitest';
import {
  DIAGNOSTICS,
  messageOf,
  severityOf,
  type DiagnosticCode,
} from '../../../../src/domain/egress-intent/diagnostics.ts';

const codes = Object.keys(DIAGNOSTICS) as DiagnosticCode[];

describe('a message', () => {
  test.each(codes)('of %s says what is wrong and, after a colon, what to do', (code) => {
    for (const message of DIAGNOSTICS[code].exampleMessages()) expect(message).toMatch(/^\S.*: \S.*[^.]$/);
  });

  test('differs for every variant of a diagnostic', () => {
    const messages = codes.flatMap((code) => DIAGNOSTICS[code].exampleMessages());
    expect(messages).toHaveLength(new Set(messages).size);
  });

  test('escapes control characters of names, which a terminal would obey', () => {
    const service = 'blue/\u001B[31mapi\u202E\n\u0085';
    const message = messageOf({ code: 'ServiceNotFound', intent: 'red', entry: 0, service });
    expect(message).toContain('blue/\\u{1b}[31mapi\\u{202e}\\u{a}\\u{85}');
  });

  test('leaves every other character of a name as it is', () => {
    const message = messageOf({ code: 'ServiceNotFound', intent: 'red', service: 'blue/äpi-名前 "x" \\ &' });
    expect(message).toContain('blue/äpi-名前 "x" \\ &');
  });

  test('names the pods of a namespace-wide scope without labels', () => {
    const message = messageOf({
      code: 'PortNotGranted',
      intent: 'red',
      host: 'db/pods',
      port: 1,
      selector: {},
      reason: { kind: 'headless' },
    });
    expect(message).toMatch(/^pods that only namespace-wide intents select cannot call port 1 of db\/pods: /);
  });
});

test('a diagnostic that is an exception from a grant is refused or a warning, and never passed over in silence', () => {
  const exceptions = codes.filter((code) => DIAGNOSTICS[code].exception !== undefined);
  const severities = new Set(exceptions.map((code) => DIAGNOSTICS[code].severity));
  expect([...severities].toSorted()).toEqual(['refused', 'warning']);
  expect(severityOf({ code: 'InvalidIntent', intent: 'red', problems: [] })).toBe('refused');
});
