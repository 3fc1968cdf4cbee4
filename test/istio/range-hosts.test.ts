// The hosts that stand for an address or range: istiod's webhook accepts the Sidecar and the ServiceEntry that name them.
import { expect, it } from 'vitest';
import { managedObjects } from '../../src/cli/render.ts';
import { analyze } from '../../src/cli/analyze.ts';
import { settingsWith } from '../support/compiler.ts';
import type { KubeObject } from '../support/cluster.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const RANGES = [
  '203.0.113.7',
  '203.0.113.0/24',
  'fd00::',
  'fd00::/9',
  '::7:8',
  '2001:db8:1::/48',
  '1:2:3:4:5:6::',
];

function writtenFor(cidr: string): readonly KubeObject[] {
  const value = {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { allow: [{ cidr, ports: [{ port: 5432 }] }] },
  };
  const position = { file: 'intent', line: 1, column: 1 };
  const analysis = analyze([{ value, positionOf: () => position, problems: [] }], {
    settings: settingsWith({}),
    istioNamespace: 'istio-system',
    namespace: 'default',
    complete: false,
    managed: 'live',
    withStatuses: false,
  });
  return managedObjects(analysis) as unknown as readonly KubeObject[];
}

await withOracle('hosts of ranges', (oracle) => {
  it.each(RANGES)('of %s are accepted', async (cidr) => {
    const objects = writtenFor(cidr);
    expect(objects.map(({ kind }) => kind).toSorted()).toEqual(['ServiceEntry', 'Sidecar']);
    const { validation } = await oracle.judge({ objects, proxies: [], probes: [], validate: true });
    expect(validation).toEqual([]);
  });
});
