import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  DIAGNOSTICS,
  messageOf,
  severityOf,
  type Diagnostic,
  type DiagnosticCode,
} from '../../../../src/domain/egress-intent/diagnostics.ts';
import { normalisedHost } from '../../../../src/domain/network.ts';
import { parseSpec } from '../../../../src/domain/egress-intent/intent.ts';

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
    expect(message).toMatch(
      /^pods that no intent with a workloadSelector selects cannot call port 1 of db\/pods: /,
    );
  });
});

test('a diagnostic that is an exception from a grant is refused or a warning, and never passed over in silence', () => {
  const exceptions = codes.filter((code) => DIAGNOSTICS[code].exception !== undefined);
  const severities = new Set(exceptions.map((code) => DIAGNOSTICS[code].severity));
  expect([...severities].toSorted()).toEqual(['refused', 'warning']);
  expect(severityOf({ code: 'InvalidIntent', intent: 'red', problems: [] })).toBe('refused');
});

describe('an entry that a message tells to write', () => {
  const ENTRY =
    /(?<![\w.])(?:serviceEntry|service|namespace): \{[^}]*\}|(?<!allow \[)(?<![{\w.])host: (?:"[^"]*"|[\w-]+(?:\.[\w-]+)+)/g;

  /** The message of each example as it is, and with a wildcard in the place of its hosts. */
  const messages = codes.flatMap((code) =>
    DIAGNOSTICS[code].examples.flatMap((example) => {
      const wildcards = JSON.parse(
        JSON.stringify(example).replaceAll(/(?<=[/"])(?:api|partner)\.example\.com/g, '*.example.com'),
      ) as object;
      return [example, wildcards].map((args) => ({
        code,
        message: messageOf({ ...args, code, intent: 'red', entry: 0 } as Diagnostic),
      }));
    }),
  );
  const entries = messages.flatMap(({ code, message }) =>
    [...message.matchAll(ENTRY)].map(([text]) => ({ code, text })),
  );

  test.each(entries)('is one that can be pasted: $code, $text', ({ text }) => {
    expect(parseSpec({ allow: [parse(text)] }, 'red')).toMatchObject({ ok: true });
  });

  test('is found in the messages', () => {
    expect(new Set(entries.map(({ code }) => code)).size).toBeGreaterThan(7);
    expect(entries.some(({ text }) => text.includes('"*.example.com"'))).toBe(true);
  });
});

test.each([
  ['api.payments.svc.cluster.local', 'service: {name: api, namespace: payments}'],
  ['api.payments.svc', 'service: {name: api, namespace: payments}'],
  ['api.payments', 'service: {name: api, namespace: payments}'],
  ['db-0.db.payments.svc.cluster.local', 'service: {name: db, namespace: payments}'],
  ['api.payments.svc.clusterset.local', 'service: {name: api, namespace: payments}'],
  ['10-0-0-1.payments.pod.cluster.local', 'write an entry with service instead'],
])('HostIsService names the Service of %s', (host, entry) => {
  expect(messageOf({ code: 'HostIsService', intent: 'red', host: normalisedHost(host) })).toContain(entry);
});
