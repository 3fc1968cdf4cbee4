// What becomes of generated objects whose intents vanished together with their CustomResourceDefinition.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFINITION, keptObjects } from '../../../src/compile/lost-intents.ts';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';
import { compiled, liveObject, type Compiled } from '../../support/compiler.ts';

const FIRST = { uid: 'uid-first', creationTimestamp: '2026-01-01T00:00:00Z' };
const SECOND = { uid: 'uid-second', creationTimestamp: '2026-02-01T00:00:00Z' };
const BEFORE = '2026-01-15T00:00:00Z';
const AFTER = '2026-02-15T00:00:00Z';

type Definition = { readonly uid: string; readonly creationTimestamp: string };

const definitionObject = (metadata: Definition): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'egressintents.egressintent.io', ...metadata },
});

type GivenIntent = { readonly name: string; readonly created: string; readonly allow?: readonly object[] };

const HOST = { host: 'www.example.com' };

const intentObject = ({ name, created, allow = [HOST] }: GivenIntent): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'red', uid: `uid-${name}-${created}`, creationTimestamp: created },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow },
});

const run = (
  definition: Definition | undefined,
  intents: readonly GivenIntent[],
  live: readonly object[] = [],
): Compiled =>
  compiled(
    [
      ...(definition === undefined ? [] : [definitionObject(definition)]),
      ...intents.map(intentObject),
      ...live,
    ],
    'red',
  );

const written = (result: Compiled): readonly object[] =>
  result.manifests.map((manifest) => liveObject(manifest));
const steps = ({ plan }: Compiled): readonly string[] =>
  plan.phases.flat().map(({ kind, id }) => `${kind} ${id.split('/')[0]}`);
const annotated = (manifests: readonly Manifest[]): readonly (string | undefined)[] =>
  manifests.map(({ metadata }) => metadata.annotations?.[DEFINITION]);

const OLD = [
  { name: 'a', created: BEFORE },
  { name: 'b', created: BEFORE },
];
const objects = written(run(FIRST, OLD));

describe('the annotation', () => {
  test('names the definition under which the intents exist', () => {
    expect(annotated(run(FIRST, OLD).manifests)).toEqual(['uid-first', 'uid-first', 'uid-first']);
  });

  test('is absent where no definition is known', () => {
    expect(annotated(run(undefined, OLD).manifests)).toEqual([undefined, undefined, undefined]);
    expect(steps(run(undefined, OLD, objects))).toEqual([]);
  });

  test('does not take intents of an earlier definition for those of the present one', () => {
    expect(steps(run(SECOND, OLD, objects))).toEqual([]);
    expect(annotated(run(SECOND, OLD).manifests)).toEqual(['earlier', 'earlier', 'earlier']);
    const changed = OLD.map((intent) => ({ ...intent, allow: [] }));
    expect(annotated(run(SECOND, changed, objects).manifests)).toEqual(['uid-first', 'uid-first']);
  });

  test('is written anew once the intents are', () => {
    const again = OLD.map((intent) => ({ ...intent, created: AFTER }));
    expect(annotated(run(SECOND, again, objects).manifests)).toEqual([
      'uid-second',
      'uid-second',
      'uid-second',
    ]);
  });
});

describe('objects whose intents vanished', () => {
  test('under the same definition are deleted', () => {
    const result = run(FIRST, [], objects);
    expect(steps(result)).toEqual(['delete Sidecar', 'delete Sidecar', 'delete ServiceEntry']);
    expect(keptObjects(result.snapshot)).toEqual([]);
  });

  test('with their definition stay, and name the intents', () => {
    const result = run(SECOND, [], objects);
    expect(steps(result)).toEqual([]);
    expect(keptObjects(result.snapshot).map(({ intent }) => intent)).toEqual(['a', 'a', 'b']);
  });

  test('with their definition stay also where they were written in its last moment', () => {
    const late = written(run(SECOND, OLD));
    expect(steps(run(SECOND, [], late))).toEqual([]);
  });

  test('stay while some of their intents are created again, and that intent is told why', () => {
    const result = run(SECOND, [{ name: 'a', created: AFTER, allow: [] }], objects);
    expect(steps(result)).toEqual(['apply Sidecar']);
    expect(keptObjects(result.snapshot).map(({ intent }) => intent)).toEqual(['b', 'b']);
    const shared = run(SECOND, [{ name: 'a', created: AFTER }], objects);
    const programmed = shared.statuses['a']?.conditions?.find(({ type }) => type === 'Programmed');
    expect(programmed).toMatchObject({
      reason: 'Withheld',
      message: expect.stringContaining(
        'intent b contributes to it and vanished with the CustomResourceDefinition',
      ),
    });
  });

  test('are deleted once an intent of their name came back and was deleted', () => {
    const back = written(
      run(
        SECOND,
        OLD.map((intent) => ({ ...intent, created: AFTER })),
        objects,
      ),
    );
    expect(steps(run(SECOND, [], back))).toHaveLength(3);
  });
});

test('a new definition without intents changes nothing in any namespace, whatever the intents were', () => {
  const entry = fc.constantFrom<object>(
    HOST,
    { host: 'db.example.com', ports: [{ port: 5432, protocol: 'TLS' }] },
    { service: { name: 'api' } },
    { namespace: { name: 'green' } },
    { cidr: '192.0.2.0/24', ports: [{ port: 9000 }] },
  );
  const intents = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      created: fc.constant(BEFORE),
      allow: fc.array(entry, { maxLength: 3 }),
    }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(intents, fc.boolean(), (given, isLate) => {
      const live = written(run(isLate ? SECOND : FIRST, given));
      expect(steps(run(SECOND, [], live))).toEqual([]);
      expect(keptObjects(run(SECOND, [], live).snapshot)).toHaveLength(live.length);
    }),
    { numRuns: 100 },
  );
});
