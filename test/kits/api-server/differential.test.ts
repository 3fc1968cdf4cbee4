// Random sequences of writes by several managers make of an object, in the in-process server, exactly what they make of
// it in the real one: the same answers, the same fields, the same owners.
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  record,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { installCrds } from '../control-plane/crds.ts';
import { startKubernetes } from '../control-plane/kubernetes.ts';
import { realParts } from '../control-plane/real-parts.ts';
import { definitionOf, widget, widgets } from './conformance/widget.ts';
import { openWire, type Reply, type Wire } from './conformance/wire.ts';
import { startApiServer } from './server.ts';

type Step = {
  readonly kind: 'apply' | 'force' | 'merge' | 'status' | 'replace';
  readonly manager: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
};

const letters = constantFrom('a', 'b', 'c');
const map = dictionary(letters, constantFrom('1', '2'), { maxKeys: 2 });
const port = record(
  { port: constantFrom(1, 2, 3), protocol: constantFrom('TCP', 'UDP'), name: letters },
  { requiredKeys: ['port'] },
);
const keyOf = (each: { readonly port: number; readonly protocol?: string }): string =>
  `${each.port}${each.protocol ?? 'TCP'}`;
const spec = record(
  {
    size: constantFrom(1, 2, 3, 99),
    mode: constantFrom('On', 'Off'),
    color: constantFrom('red', 'blue'),
    tags: uniqueArray(letters, { maxLength: 3 }),
    plain: array(letters, { maxLength: 2 }),
    labels: map,
    atom: map,
    free: record(
      { x: constantFrom(1, 2), y: dictionary(letters, constantFrom(1, 'z', [1]), { maxKeys: 2 }) },
      { requiredKeys: [] },
    ),
    nested: record({ depth: constantFrom(3, 4) }, { requiredKeys: [] }),
    ports: uniqueArray(port, { maxLength: 3, selector: keyOf }),
  },
  { requiredKeys: [] },
);
const step: Arbitrary<Step> = record({
  kind: constantFrom('apply', 'apply', 'apply', 'force', 'force', 'merge', 'status', 'replace'),
  manager: constantFrom('one', 'two', 'three'),
  spec,
  labels: map,
});

async function take(wire: Wire, name: string, { kind, manager, spec: wanted, labels }: Step): Promise<Reply> {
  const path = `${widgets('default')}/${name}`;
  // An empty map of labels is stored by the real server, shown by nobody, and gone with the next PUT.
  const metadata = Object.keys(labels).length === 0 ? {} : { labels };
  const object = widget(name, wanted, metadata);
  switch (kind) {
    case 'apply':
    case 'force':
      return wire.apply(path, object, { manager, force: kind === 'force' });
    case 'merge':
      return wire.mergePatch(`${path}?fieldManager=${manager}`, { metadata, spec: wanted });
    case 'status': {
      const status = {
        observed: Object.keys(wanted).length,
        conditions: [{ type: manager, status: 'True' }],
      };
      return wire.apply(`${path}/status`, { ...object, status }, { manager });
    }
    default: {
      const { body } = await wire.send('GET', path);
      const { labels: _old, ...kept } = body.metadata;
      const replaced = { ...body, metadata: { ...kept, ...metadata }, spec: { size: 1, ...wanted } };
      return wire.send('PUT', `${path}?fieldManager=${manager}`, replaced);
    }
  }
}

function identityOf(owner: {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
}) {
  return `${owner.operation} ${owner.manager} ${owner.subresource ?? ''}`;
}

/** What both servers must agree on: everything but ids, versions and times. Whether the version moved is told. */
function comparable({ status, body }: Reply, before: string | undefined) {
  if (status >= 300)
    return {
      status,
      reason: body.reason,
      causes: body.details?.causes?.map(({ field }) => field).toSorted(),
    };
  const {
    uid: _uid,
    resourceVersion,
    creationTimestamp: _created,
    managedFields = [],
    ...metadata
  } = body.metadata;
  return {
    status,
    spec: body.spec,
    state: body.status,
    metadata,
    moved: resourceVersion !== before,
    owners: managedFields
      .map(({ time, ...owner }) => ({ ...owner, timed: time !== undefined }))
      .toSorted((left, right) => identityOf(left).localeCompare(identityOf(right))),
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
    await assert(
      asyncProperty(array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        objects += 1;
        const name = `random-${objects}`;
        const versions: (string | undefined)[] = wires.map(() => undefined);
        for (const each of steps) {
          const replies = await Promise.all(wires.map((wire) => take(wire, name, each)));
          const [ours, theirs] = replies.map((reply, index) => comparable(reply, versions[index]));
          expect(ours).toEqual(theirs);
          for (const [index, { status, body }] of replies.entries())
            if (status < 300) versions[index] = body.metadata.resourceVersion;
        }
      }),
      { numRuns: 150 },
    );
  });
});
