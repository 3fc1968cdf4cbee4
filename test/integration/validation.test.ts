// One schema, two implementations: our parser, and a real API server with the CRD's schema and CEL rules. Both must accept
// and refuse the same specs.
import { HttpMethod } from '@kubernetes/client-node';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSpec } from '../../src/domain/egress-intent/intent.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { kubectl } from '../kits/control-plane/kubectl.ts';
import { startKubernetes, type Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { connect, type Cluster } from '../support/cluster.ts';
import { crdText } from '../support/deploy.ts';
import { spec } from '../support/specs.ts';
import { appIntent, GOOGLE, GREEN, REGISTERED } from '../support/story.ts';

const SPECS = 1_500;
const PARALLEL = 16;

describe.runIf(await realParts(ensureBinaries()))('the CustomResourceDefinition on a real API server', () => {
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

  const dryRun = async (value: unknown): Promise<{ readonly accepted: boolean; readonly body: unknown }> => {
    const { status, body } = await cluster.send(
      HttpMethod.POST,
      '/apis/egressintent.io/v1alpha1/namespaces/default/egressintents?dryRun=All&fieldValidation=Strict',
      { apiVersion: 'egressintent.io/v1alpha1', kind: 'EgressIntent', metadata: { name: 'a' }, spec: value },
    );
    return { accepted: status === 201, body };
  };

  test('accepts and refuses what our parser accepts and refuses', async () => {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const specs = fc.sample(spec, { numRuns: SPECS, seed });
    const differences: unknown[] = [];
    let accepted = 0;
    for (let at = 0; at < specs.length; at += PARALLEL) {
      await Promise.all(
        specs.slice(at, at + PARALLEL).map(async (value) => {
          const parsed = parseSpec(value, 'default');
          const reply = await dryRun(value);
          if (parsed.ok) accepted += 1;
          if (parsed.ok !== reply.accepted) differences.push({ seed, value, parsed, reply: reply.body });
        }),
      );
    }
    expect(differences).toEqual([]);
    // The specs must exercise both outcomes.
    expect(accepted).toBeGreaterThan(SPECS / 20);
    expect(accepted).toBeLessThan((SPECS * 19) / 20);
  });

  test('accepts an intent of the largest size', async () => {
    const full = Array.from({ length: 64 }, (_value, index) => ({ port: 1000 + index, protocol: 'TLS' }));
    const allow = Array.from({ length: 256 }, (_value, index) => ({
      host: `h${index}.example.com`,
      ports: full,
    }));
    expect(await dryRun({ allow })).toMatchObject({ accepted: true });
    expect(await dryRun({ allow: [...allow, GREEN] })).toMatchObject({ accepted: false });
  });

  test('sets the default mode', async () => {
    const { body } = await dryRun({ allow: [] });
    expect(body).toMatchObject({ spec: { mode: 'Enforce' } });
  });

  test('prints readiness under the short name ei, and explains its fields', async () => {
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
