// Random sequences of writes by several managers have the same outcome in the in-process server as in kube-apiserver:
// the same answers, the same fields, the same owners.
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { installCrds } from '../control-plane/crds.ts';
import { startKubernetes } from '../control-plane/kubernetes.ts';
import { realParts } from '../control-plane/real-parts.ts';
import { refusalOf } from './conformance/suite.ts';
import { definitionOf, widget, widgets } from './conformance/widget.ts';
import { openWire, type Reply, type Wire } from './conformance/wire.ts';
import { startApiServer } from './server.ts';

const letters = fc.constantFrom('a', 'b', 'c');
const map = fc.dictionary(letters, fc.constantFrom('1', '2'), { maxKeys: 2 });
const port = fc.record(
  { port: fc.constantFrom(1, 2, 3), protocol: fc.constantFrom('TCP', 'UDP'), name: letters },
  { requiredKeys: ['port'] },
);
const freeMap = fc.dictionary(letters, fc.constantFrom(1, 'z', [1]), { maxKeys: 2 });
const spec = fc.record(
  {
    size: fc.constantFrom(1, 2, 3, 99),
    mode: fc.constantFrom('On', 'Off'),
    color: fc.constantFrom('red', 'blue'),
    tags: fc.uniqueArray(letters, { maxLength: 3 }),
    plain: fc.array(letters, { maxLength: 2 }),
    labels: map,
    atom: map,
    free: fc.record({ x: fc.constantFrom(1, 2), y: freeMap }, { requiredKeys: [] }),
    nested: fc.record({ depth: fc.constantFrom(3, 4) }, { requiredKeys: [] }),
    ports: fc.uniqueArray(port, {
      maxLength: 3,
      selector: (each) => `${each.port}${each.protocol ?? 'TCP'}`,
    }),
  },
  { requiredKeys: [] },
);
const step = fc.record({
  kind: fc.constantFrom('apply', 'apply', 'apply', 'force', 'force', 'merge', 'status', 'replace'),
  manager: fc.constantFrom('one', 'two', 'three'),
  spec,
  labels: map,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(wire: Wire, name: string, { kind, manager, spec: wanted, labels }: Step): Promise<Reply> {
  const path = `${widgets('default')}/${name}`;
  // The real server stores an empty map of labels but never shows it.
  const metadata = Object.keys(labels).length === 0 ? {} : { labels };
  const object = widget(name, wanted, metadata);
  if (kind === 'merge') return wire.mergePatch(`${path}?fieldManager=${manager}`, { metadata, spec: wanted });
  if (kind === 'status') {
    const conditions = [{ type: manager, status: 'True' }];
    const status = { observed: Object.keys(wanted).length, conditions };
    return wire.apply(`${path}/status`, { ...object, status }, { manager });
  }
  if (kind !== 'replace') return wire.apply(path, object, { manager, force: kind === 'force' });
  const { body } = await wire.send('GET', path);
  const { labels: _old, ...kept } = body.metadata;
  const replaced = { ...body, metadata: { ...kept, ...metadata }, spec: { size: 1, ...wanted } };
  return wire.send('PUT', `${path}?fieldManager=${manager}`, replaced);
}

/** The part of a reply in which both servers must agree: no ids, versions or times, but whether the version changed. */
function comparable(reply: Reply, before: string | undefined) {
  const { status, body } = reply;
  if (status >= 300) return refusalOf(reply);
  const {
    uid: _uid,
    resourceVersion,
    creationTimestamp: _created,
    managedFields = [],
    ...metadata
  } = body.metadata;
  const owners = managedFields.map(({ time, ...owner }): readonly [string, unknown] => [
    [owner.operation, owner.manager, owner.subresource].join(' '),
    { ...owner, isTimed: time !== undefined },
  ]);
  return {
    status,
    body: { ...body, metadata },
    owners: Object.fromEntries(owners),
    isChanged: resourceVersion !== before,
  };
}

describe.runIf(await realParts(ensureBinaries()))('random writes', () => {
  const ends: (() => Promise<void>)[] = [];
  const wires: Wire[] = [];
  let objects = 0;

  beforeAll(async () => {
    for (const start of [startApiServer, startKubernetes]) {
      const server = await start();
      ends.push(server.stop);
      await installCrds(server.kubeconfig, [stringify(definitionOf('Widget'))]);
      const wire = openWire(server.kubeconfig);
      ends.push(wire.close);
      wires.push(wire);
    }
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  test('have the same outcome in both servers', async () => {
    const sameOutcome = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      objects += 1;
      const versions: (string | undefined)[] = [];
      for (const each of steps) {
        const replies = await Promise.all(wires.map((wire) => take(wire, `random-${objects}`, each)));
        const [ours, theirs] = replies.map((reply, index) => comparable(reply, versions[index]));
        expect(ours).toEqual(theirs);
        for (const [index, { status, body }] of replies.entries())
          if (status < 300) versions[index] = body.metadata.resourceVersion;
      }
    });
    await fc.assert(sameOutcome, { numRuns: 150 });
  });
});
