// The schema is written once and judged twice: by our parser, and by a real API server through the definition's CEL rules.
// Whatever the spec, both must say the same.
import { HttpMethod } from '@kubernetes/client-node';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSpec } from '../../src/domain/intent.ts';
import { ensureBinaries } from '../controlplane/binaries.ts';
import { kubectl } from '../controlplane/kubectl.ts';
import { startKubernetes, type Kubernetes } from '../controlplane/kubernetes.ts';
import { realParts } from '../controlplane/real-parts.ts';
import { connect, type Cluster } from '../support/cluster.ts';
import { crdText } from '../support/deploy.ts';
import { appIntent, GOOGLE, GREEN, REGISTERED } from '../support/story.ts';

const hosts = fc.constantFrom(
  'www.example.com',
  'WWW.Example.COM.',
  '*.example.com',
  '*.com',
  '*',
  'foo',
  'foo.',
  '1.2.3.4',
  '1.2.3.4.',
  'a.1',
  '2001:db8::1',
  'a_b.example.com',
  '-a.example.com',
  'a-.example.com',
  'a..b',
  '.a.b',
  'https://a.b',
  'a.b:443',
  'a.b/c',
  '*foo.com',
  'a.*.com',
  '*.',
  '**.a.b',
  'xn--bcher-kva.example',
  'ä.example.com',
  ' a.b',
  'a.b ',
  `${'a'.repeat(63)}.com`,
  `${'a'.repeat(64)}.com`,
  '',
);
const cidrs = fc.oneof(
  fc.constantFrom(
    '203.0.113.0/24',
    '203.0.113.9/24',
    '1.2.3.4',
    '1.2.3.4/32',
    '0.0.0.0/0',
    '0.0.0.0',
    '0.1.2.3/4',
    '1.2.3.4/0',
    '128.0.0.0/1',
    '::/0',
    '::',
    '::1',
    '2001:db8::/32',
    '2001:DB8::1/64',
    '::1/3',
    '::ffff:1.2.3.4',
    '::ffff:1.2.3.4/120',
    '64:ff9b::1.2.3.4',
    'fe80::1%eth0',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/-1',
    '1.2.3.4/',
    '1.2.3.4/+8',
    '2001:db8::/129',
    'x',
    '',
    '1.2.3.4 ',
    '2001:db8::1::2',
    '12345::',
    '1.2.3.256',
  ),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.tuple(fc.ipV4(), fc.nat(34)).map(([address, length]) => `${address}/${length}`),
  fc.tuple(fc.ipV6(), fc.nat(130)).map(([address, length]) => `${address}/${length}`),
);
const names = fc.constantFrom(
  'green',
  'a',
  'Green',
  'a.b',
  'a-b',
  '-a',
  'a-',
  '',
  'a'.repeat(63),
  'a'.repeat(64),
  '1',
);
const port = fc.record(
  {
    port: fc.constantFrom<unknown>(
      0,
      1,
      80,
      443,
      8443,
      14999,
      15000,
      15001,
      15090,
      15091,
      65535,
      65536,
      -1,
      80.5,
      '80',
    ),
    protocol: fc.constantFrom('HTTP', 'HTTP2', 'GRPC', 'TLS', 'TCP', 'HTTPS', 'UDP', 'http', ''),
  },
  { requiredKeys: ['port'] },
);
const goodPort = fc.record(
  { port: fc.constantFrom(80, 443, 8443), protocol: fc.constantFrom('HTTP', 'TLS', 'TCP') },
  { requiredKeys: ['port'] },
);
const ports = fc.oneof(fc.array(goodPort, { minLength: 1, maxLength: 3 }), fc.array(port, { maxLength: 3 }));
const destinations = {
  namespace: fc.record({ name: names }),
  service: fc.record({ name: names, namespace: names }, { requiredKeys: ['name'] }),
  host: hosts,
  serviceEntry: fc.record({ host: hosts, namespace: names }, { requiredKeys: ['host'] }),
  cidr: cidrs,
};
const single = fc.oneof(
  ...Object.entries(destinations).map(([kind, value]) =>
    fc.tuple(value, fc.option(ports, { nil: undefined })).map(([destination, list]) => ({
      [kind]: destination,
      ...(list === undefined ? {} : { ports: list }),
    })),
  ),
);
const jumbled = fc.record(
  { ...destinations, ports, description: fc.string({ maxLength: 3 }), extra: fc.nat() },
  { requiredKeys: [] },
);
const labels = fc.dictionary(
  fc.constantFrom('app', 'example.com/team', 'a b', '', '*', 'a/b/c', '-a', 'A', `${'a'.repeat(64)}`),
  fc.constantFrom('web', '', 'a b', 'x'.repeat(63), 'x'.repeat(64), 'a_b.c', '-a', '*'),
  { maxKeys: 2 },
);
const spec = fc.record(
  {
    workloadSelector: fc.oneof(
      fc.record({ matchLabels: labels }, { requiredKeys: [] }),
      fc.constant({ matchExpressions: [] }),
    ),
    mode: fc.constantFrom('Enforce', 'Audit', 'Off'),
    allow: fc.oneof(
      { weight: 8, arbitrary: fc.array(single, { maxLength: 2 }) },
      fc.array(jumbled, { maxLength: 2 }),
    ),
  },
  { requiredKeys: [] },
);

const WORLDS = 1_500;
const AT_ONCE = 16;

describe.runIf(await realParts(ensureBinaries()))('the definition on a real API server', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;

  beforeAll(async () => {
    kubernetes = await startKubernetes({ crds: [await crdText()] });
    cluster = connect(kubernetes.kubeconfig);
  });
  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  const ask = async (value: unknown): Promise<{ readonly accepted: boolean; readonly body: unknown }> => {
    const { status, body } = await cluster.send(
      HttpMethod.POST,
      '/apis/egressintent.io/v1alpha1/namespaces/default/egressintents?dryRun=All&fieldValidation=Strict',
      { apiVersion: 'egressintent.io/v1alpha1', kind: 'EgressIntent', metadata: { name: 'a' }, spec: value },
    );
    return { accepted: status === 201, body };
  };

  test('accepts and refuses what our parser accepts and refuses', async () => {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const specs = fc.sample(spec, { numRuns: WORLDS, seed });
    const disagreements: unknown[] = [];
    let accepted = 0;
    for (let at = 0; at < specs.length; at += AT_ONCE) {
      await Promise.all(
        specs.slice(at, at + AT_ONCE).map(async (value) => {
          const ours = parseSpec(value, 'default');
          const theirs = await ask(value);
          if (ours.ok) accepted += 1;
          if (ours.ok !== theirs.accepted) disagreements.push({ seed, value, ours, theirs: theirs.body });
        }),
      );
    }
    expect(disagreements).toEqual([]);
    // Neither of the two may win by refusing or accepting everything.
    expect(accepted).toBeGreaterThan(WORLDS / 20);
    expect(accepted).toBeLessThan((WORLDS * 19) / 20);
  });

  test('takes an intent of the largest size', async () => {
    const full = Array.from({ length: 64 }, (_value, index) => ({ port: 1000 + index, protocol: 'TLS' }));
    const allow = Array.from({ length: 256 }, (_value, index) => ({
      host: `h${index}.example.com`,
      ports: full,
    }));
    expect(await ask({ allow })).toMatchObject({ accepted: true });
    expect(await ask({ allow: [...allow, GREEN] })).toMatchObject({ accepted: false });
  });

  test('fills in the mode', async () => {
    const { body } = await ask({ allow: [] });
    expect(body).toMatchObject({ spec: { mode: 'Enforce' } });
  });

  test('prints what one wants to know at a glance, under the short name, and explains every field', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'red' } });
    await cluster.apply(appIntent([GREEN, GOOGLE, REGISTERED]));
    const listed = await kubectl(kubernetes.kubeconfig, ['get', 'ei', '--namespace', 'red']);
    expect(listed.stdout.split('\n')[0]?.split(/\s+/)).toEqual(['NAME', 'MODE', 'READY', 'REASON', 'AGE']);
    const explained = await kubectl(kubernetes.kubeconfig, [
      'explain',
      'egressintent.spec.allow',
      '--recursive=false',
    ]);
    expect(explained.stdout).toContain('A host outside the mesh by its DNS name');
  });
});
