// An entry that names ports grants only those, even while the controller does not run: a port that a Service gains later stays closed
// under the existing Sidecar.
import { expect, it } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { clusterObjects } from './objects.ts';
import { attemptsIn } from './probes.ts';
import { settledWorld, probeRequest } from './judge-world.ts';
import { SHOP, type PortSpec, type ServiceSpec, type WorldSpec } from './world-spec.ts';

const GAINED: PortSpec = { number: 8080, name: 'http' };

const worldWith = (ports: readonly PortSpec[], allow: readonly unknown[]): WorldSpec => ({
  istioVersion: '1.31',
  dnsCapture: false,
  dnsAllowed: true,
  services: [serviceOf('api', ports), serviceOf('web', [{ number: 8080, name: 'http' }])],
  serviceEntries: [],
  sidecars: [],
  intents: [{ selector: {}, mode: 'Enforce', allow }],
  pods: [{}],
  exportToByDefault: [],
});

const serviceOf = (name: string, ports: readonly PortSpec[]): ServiceSpec => ({
  namespace: 'pay',
  name,
  kind: 'cluster-ip',
  ports,
  externalName: '',
  exportTo: '',
});

const api = (...ports: readonly number[]) => ({
  service: { name: 'api', namespace: 'pay' },
  ports: ports.map((port) => ({ port })),
});
const web = { service: { name: 'web', namespace: 'pay' } };
const host = { host: 'a.ext.com', ports: [{ port: 443, protocol: 'TLS' }] };

await withOracle('a Service that gains a port while the controller does not run', (oracle) => {
  it.each<[string, readonly PortSpec[], readonly unknown[]]>([
    ['HTTP', [{ number: 80, name: 'http' }], [api(80)]],
    ['gRPC', [{ number: 80, name: 'grpc-a' }], [api(80)]],
    ['TLS', [{ number: 443, name: 'tls' }], [api(443)]],
    ['TCP', [{ number: 5432, name: 'tcp-pg' }], [api(5432)]],
    ['undeclared', [{ number: 5432, name: '' }], [api(5432)]],
    [
      'two',
      [
        { number: 80, name: 'http' },
        { number: 5432, name: 'tcp-pg' },
      ],
      [api(80, 5432)],
    ],
    ['HTTP, with another granted Service on the gained port', [{ number: 80, name: 'http' }], [api(80), web]],
    ['TLS, with a granted outside host', [{ number: 443, name: 'tls' }], [api(443), host]],
  ])('keeps the port closed: %s', async (_title, ports, allow) => {
    const before = worldWith(ports, allow);
    const after = worldWith([...ports, GAINED], allow);
    const { objects } = settledWorld(before);
    const managed = objects.filter(({ metadata }) => metadata.name.startsWith('egress-intent'));
    const attempts = attemptsIn(after).filter(({ place }) => place?.host.startsWith('api.'));
    const { results, proxies } = await oracle.judge(
      probeRequest(after, [...clusterObjects(after), ...managed], attempts),
    );
    expect(proxies[0]?.sidecar).toMatch(`${SHOP}/egress-intent`);
    const open = attempts.flatMap(({ port }, index) => (results[index]?.verdict === 'allowed' ? [port] : []));
    expect(new Set(open)).toEqual(new Set(ports.map(({ number }) => number)));
  });
});
