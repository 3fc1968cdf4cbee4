// The offline commands say what the controller does: over random clusters, `render --managed` prints what the controller wrote, and
// `validate --complete` reports what the statuses say. No text names a host that only the controller knows.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyze, type Analysis } from '../../../src/cli/analyze.ts';
import { managedObjects } from '../../../src/cli/render.ts';
import { DIAGNOSTICS, type DiagnosticCode } from '../../../src/domain/egress-intent/diagnostics.ts';
import type { Condition, Status } from '../../../src/domain/egress-intent/status.ts';
import { arbitraryWorld } from '../../proof/arbitrary-worlds.ts';
import { settingsOf, settledWorld } from '../../proof/judge-world.ts';
import { intentObjects } from '../../proof/objects.ts';
import type { WorldSpec } from '../../proof/world-spec.ts';

const WORLDS = 500;

type Dumped = Readonly<Record<string, unknown>> & {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** The intents with the statuses that the controller wrote, as a dump of the cluster has them. */
const dumpOf = (
  world: WorldSpec,
): {
  readonly dump: readonly object[];
  readonly written: readonly Dumped[];
  readonly statuses: Readonly<Record<string, Status>>;
} => {
  const { objects, result } = settledWorld(world);
  const { statuses } = result;
  const intents = intentObjects(world).map((intent) => ({
    ...intent,
    status: statuses[intent.metadata.name],
  }));
  const written = (objects as unknown as readonly Dumped[]).filter(({ metadata }) => isManaged(metadata));
  return { dump: [...objects, ...intents], written, statuses };
};

const isManaged = ({ labels }: Dumped['metadata']): boolean =>
  (labels as Record<string, string> | undefined)?.['app.kubernetes.io/managed-by'] === 'egress-intent';

const analysed = (objects: readonly object[], world: WorldSpec): Analysis =>
  analyze(
    objects.map((value, index) => ({
      value,
      positionOf: () => ({ file: 'dump', line: index + 1, column: 1 }),
      problems: [],
    })),
    {
      settings: settingsOf(world),
      istioNamespace: 'istio-system',
      namespace: 'default',
      complete: true,
      managed: 'live',
      withStatuses: true,
    },
  );

/** In order of kind and name, without what the API server adds. */
const comparable = (objects: readonly object[]): readonly unknown[] =>
  (objects as readonly Dumped[])
    .map(({ metadata: { uid: _uid, creationTimestamp: _created, ...metadata }, ...object }) => ({
      ...object,
      metadata,
    }))
    .toSorted((a, b) =>
      `${a.kind}/${String(a.metadata['name'])}` < `${b.kind}/${String(b.metadata['name'])}` ? -1 : 1,
    );

type Conditions = Readonly<Record<string, Condition>>;
type Said = { readonly intent: string; readonly what: string };

/** Ready and Stalled repeat the others. */
const SUMMARIES: ReadonlySet<string> = new Set(['Ready', 'Stalled']);

const NOTHING_TO_SAY: ReadonlySet<string> = new Set(['no entry is refused']);

/** The texts of diagnostics are found by the path that each begins with. */
const DIAGNOSTIC_TEXTS = /; (?=spec(?:[.]allow|:))/;

/** What a message says instead of its last texts, where it would be too long with them. */
const CUT = /; and \d+ more$/;

const uncut = (message: string): string => message.replace(CUT, '');

/** The reason of each condition that does not hold; where it repeats diagnostics, their texts. Those of Effective: `effectiveLeft`. */
const saidByConditions = (intent: string, conditions: Conditions): readonly Said[] =>
  Object.values(conditions).flatMap(({ type, status, reason, message }) => {
    if (SUMMARIES.has(type) || (status === 'True' && type !== 'Accepted')) return [];
    if (type === 'Effective' && status === 'False') return [];
    const repeats = type === 'Accepted' || type === 'ResolvedRefs';
    const texts = repeats ? uncut(message).split(DIAGNOSTIC_TEXTS) : [reason];
    return texts.filter((text) => !NOTHING_TO_SAY.has(text)).map((what) => ({ intent, what }));
  });

const isDiagnostic = (code: string): code is DiagnosticCode => Object.hasOwn(DIAGNOSTICS, code);

/** A condition says the worst only: refused entries hide warnings, and without pods no foreign routing is looked at. */
function isHidden(code: DiagnosticCode, { Accepted }: Conditions): boolean {
  const { severity } = DIAGNOSTICS[code];
  return (
    severity === 'overridden' ||
    ((severity === 'warning' || severity === 'note') && Accepted?.reason === 'EntriesRefused')
  );
}

type FoundText = { readonly intent: string; readonly code: string; readonly text: string };

const textsOf = ({ findings }: Analysis): readonly FoundText[] =>
  findings.map(({ code, object, path, message }) => ({
    intent: object?.name ?? '',
    code,
    text: path === undefined ? message : `${path}: ${message}`,
  }));

/** True for a cause of Effective, where that is False, and not of Programmed. */
const isOfEffective = ({ Effective, Programmed }: Conditions, text: string): boolean =>
  Effective?.status === 'False' && text !== Programmed?.message;

const saidByFindings = (
  found: readonly FoundText[],
  conditionsOf: ReadonlyMap<string, Conditions>,
): readonly Said[] =>
  found.flatMap(({ intent, code, text }) => {
    const conditions = conditionsOf.get(intent) ?? {};
    if (!isDiagnostic(code)) return isOfEffective(conditions, text) ? [] : [{ intent, what: code }];
    if (isHidden(code, conditions)) return [];
    return text.split(DIAGNOSTIC_TEXTS).map((what) => ({ intent, what }));
  });

/** What Effective says and no finding does. Throws where a finding says what Effective does not. */
function effectiveLeft(
  conditions: Conditions,
  found: readonly FoundText[],
): { readonly left: string; readonly reasons: readonly string[] } {
  const causes = found.filter(({ code, text }) => !isDiagnostic(code) && isOfEffective(conditions, text));
  const overrides = found.filter(
    ({ code }) => isDiagnostic(code) && DIAGNOSTICS[code].severity === 'overridden',
  );
  const message = conditions['Effective']?.message ?? '';
  let left = uncut(message);
  for (const { text } of [...causes, ...overrides]) {
    const isCutOff = CUT.test(message) && !left.includes(text);
    expect(isCutOff ? text : left).toContain(text);
    left = left.replace(text, () => '');
  }
  const reasons = [...causes.map(({ code }) => code), ...overrides.slice(0, 1).map(() => 'Overridden')];
  return { left: left.replaceAll('; ', ''), reasons };
}

const sorted = (said: readonly Said[]): readonly string[] =>
  [...new Set(said.map(({ intent, what }) => `${intent}: ${what}`))].toSorted();

const WORLD = arbitraryWorld({ versions: ['1.31', '1.30', '1.28'] });

describe.each([
  ['fixed', 20_261_128],
  ['fresh', randomInt(2 ** 31)],
])('%s seed %i', (_kind, seed) => {
  test('render --managed prints what the controller wrote', () => {
    fc.assert(
      fc.property(WORLD, (world) => {
        const { dump, written } = dumpOf(world);
        expect(comparable(managedObjects(analysed(dump, world)))).toEqual(comparable(written));
      }),
      { seed, numRuns: WORLDS },
    );
  }, 240_000);

  test('validate --complete reports what the statuses say', () => {
    fc.assert(
      fc.property(WORLD, (world) => {
        const { dump, statuses } = dumpOf(world);
        const conditionsOf = new Map(
          Object.entries(statuses).map(([intent, { conditions = [] }]) => [
            intent,
            Object.fromEntries(conditions.map((condition) => [condition.type, condition])),
          ]),
        );
        const said = [...conditionsOf].flatMap(([intent, conditions]) =>
          saidByConditions(intent, conditions),
        );
        const found = textsOf(analysed(dump, world));
        // Hosts that stand for a range are our invention.
        expect(`${JSON.stringify(statuses)} ${JSON.stringify(found)}`).not.toContain(
          'egress-intent.internal',
        );
        const lines = new Set(sorted(said));
        const isCut = (intent: string): boolean =>
          Object.values(conditionsOf.get(intent) ?? {}).some(({ message }) => CUT.test(message));
        const foundInStatus = saidByFindings(found, conditionsOf).filter(
          (one) => !isCut(one.intent) || sorted([one]).every((line) => lines.has(line)),
        );
        expect(sorted(foundInStatus)).toEqual([...lines]);
        for (const [intent, conditions] of conditionsOf) {
          if (conditions['Effective']?.status !== 'False') continue;
          const { left, reasons } = effectiveLeft(
            conditions,
            found.filter((one) => one.intent === intent),
          );
          expect({ left, first: reasons[0] }).toEqual({ left: '', first: conditions['Effective'].reason });
        }
      }),
      { seed, numRuns: WORLDS },
    );
  }, 240_000);
});
