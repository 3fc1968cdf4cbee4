// The offline commands say what the controller does: over random clusters, `render --managed` prints what the controller wrote, and
// `validate --complete` reports what the statuses say.
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

/** The reason of each condition that does not hold; where it repeats diagnostics, their texts. */
const saidByConditions = (intent: string, conditions: Conditions): readonly Said[] =>
  Object.values(conditions).flatMap(({ type, status, reason, message }) => {
    if (SUMMARIES.has(type) || (status === 'True' && type !== 'Accepted')) return [];
    const repeats = reason === 'Overridden' || type === 'Accepted' || type === 'ResolvedRefs';
    const texts = repeats ? message.split(/; (?=spec(?:[.]allow|:))/) : [reason];
    return texts.filter((text) => !NOTHING_TO_SAY.has(text)).map((what) => ({ intent, what }));
  });

const isDiagnostic = (code: string): code is DiagnosticCode => Object.hasOwn(DIAGNOSTICS, code);

/** A condition says the worst only: refused entries hide warnings, and what keeps a Sidecar from governing hides routes that exceed a grant. */
function isHidden(code: DiagnosticCode, { Accepted, Effective }: Conditions): boolean {
  const { severity } = DIAGNOSTICS[code];
  if (severity === 'warning' || severity === 'note') return Accepted?.reason === 'EntriesRefused';
  return severity === 'overridden' && Effective?.status !== 'True' && Effective?.reason !== 'Overridden';
}

function saidByFindings(
  { findings }: Analysis,
  conditionsOf: ReadonlyMap<string, Conditions>,
): readonly Said[] {
  return findings.flatMap(({ code, message }) => {
    const [, intent = '', text = ''] = /^EgressIntent shop[/]([^ ]+): (.*)$/s.exec(message) ?? [];
    if (!isDiagnostic(code)) return [{ intent, what: code }];
    if (isHidden(code, conditionsOf.get(intent) ?? {})) return [];
    return text.split(/; (?=spec(?:[.]allow|:))/).map((what) => ({ intent, what }));
  });
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
        expect(sorted(saidByFindings(analysed(dump, world), conditionsOf))).toEqual(sorted(said));
      }),
      { seed, numRuns: WORLDS },
    );
  }, 240_000);
});
