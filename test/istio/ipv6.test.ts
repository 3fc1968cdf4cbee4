// Grants of IPv6 addresses and ranges, called from a pod with an IPv6 address.
import { expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { compiled } from '../support/compiler.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { proxy, unexpectedOutcomes } from '../kits/oracle/objects.ts';

const WEB = { app: 'web' };
const intent = (name: string, allow: readonly unknown[]): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow },
});

await withOracle('an IPv6 range', (oracle) => {
  it('is open on its ports to the pods that it is granted to, and no other address or port is', async () => {
    const { manifests } = compiled(
      [
        intent('web', [
          { cidr: '2001:db8::/64', ports: [{ port: 5432 }] },
          { cidr: '2001:db8:1::9', ports: [{ port: 22 }] },
        ]),
        intent('other', [{ cidr: '2001:db8::/32', ports: [{ port: 5432 }, { port: 22 }] }]),
      ],
      'shop',
    );
    const objects = manifests as readonly unknown[] as readonly KubeObject[];
    expect(
      await unexpectedOutcomes(
        oracle,
        { objects, from: proxy(WEB, { ip: '2001:db8:9::1' }) },
        {
          'tcp [2001:db8::7]:5432': 'outbound|5432||tcp-5432.cidr-2001-db8---64.egress-intent.internal',
          'tcp [2001:db8:1::9]:22': 'outbound|22||tcp-22.ip-2001-db8-1--9.egress-intent.internal',
          'tcp [2001:db8::7]:22': 'black-hole',
          'tcp [2001:db8:0:1::7]:5432': 'black-hole',
          'tcp [2001:db8:1::9]:5432': 'black-hole',
          'tcp [2001:db8:1::a]:22': 'black-hole',
        },
      ),
    ).toEqual({});
  });
});
