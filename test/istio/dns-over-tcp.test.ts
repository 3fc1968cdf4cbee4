// DNS over TCP through a Sidecar: if a Service lists its UDP port first, a listener for that port number has no cluster.
import { expect, it } from 'vitest';
import { address, listener, service, sidecar, unexpectedOutcomes } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const KUBE_DNS = 'kube-system/kube-dns.kube-system.svc.cluster.local';
const UDP_FIRST = ['53/UDP:dns', '53:dns-tcp', '9153:metrics'];
const TCP_FIRST = ['53:dns-tcp', '53/UDP:dns', '9153:metrics'];

const kubeDns = (ports: readonly string[]) => service('kube-system/kube-dns', '10.96.0.2', ports);
const onlyDns = sidecar('shop/egress', CHECKOUT, [listener(53, 'TCP', [KUBE_DNS])]);

await withOracle('DNS over TCP', (oracle) => {
  it('has no cluster if the Service is limited to port 53 and lists UDP first', async () => {
    expect(
      await unexpectedOutcomes(
        oracle,
        { objects: [kubeDns(UDP_FIRST), onlyDns] },
        { 'tcp 10.96.0.2:53': 'missing-cluster', 'tcp 10.96.0.2:9153': 'black-hole' },
      ),
    ).toEqual({});
  });

  it('works if the Service lists TCP first', async () => {
    expect(
      await unexpectedOutcomes(
        oracle,
        { objects: [kubeDns(TCP_FIRST), onlyDns] },
        {
          'tcp 10.96.0.2:53': 'outbound|53||kube-dns.kube-system.svc.cluster.local',
          'tcp 10.96.0.2:9153': 'black-hole',
        },
      ),
    ).toEqual({});
  });

  it('works through a ServiceEntry for the address of the Service', async () => {
    const entry = address('shop', 'dns.example.internal', '10.96.0.2', 53);
    const egress = sidecar('shop/egress', CHECKOUT, ['shop/dns.example.internal']);
    expect(
      await unexpectedOutcomes(
        oracle,
        { objects: [kubeDns(UDP_FIRST), entry, egress] },
        {
          'tcp 10.96.0.2:53': 'outbound|53||dns.example.internal',
          'tcp 10.96.0.2:9153': 'black-hole',
        },
      ),
    ).toEqual({});
  });
});
