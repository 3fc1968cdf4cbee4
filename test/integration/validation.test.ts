// The schema is written once and judged twice: by our parser, and by a real API server through the definition's CEL rules.
// Whatever the spec, both must say the same.
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
