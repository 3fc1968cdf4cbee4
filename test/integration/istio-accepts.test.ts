// Istio's validation and analyzers accept every object that the controller generates, with only the expected messages.
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { analyze, validate } from '../kits/control-plane/istioctl.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { EXPECTED_ON_MANAGED } from '../support/expected-messages.ts';
import { exampleOf, goldenNames, resultsOf } from '../support/golden.ts';
import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';
import type { Manifest } from '../../src/domain/kinds/manifest.ts';

const manifestsOf = (name: string): readonly Manifest[] =>
  resultsOf(exampleOf(name)).flatMap(({ manifests }) => manifests);

/** A pod for each selector, since Istio warns about a selector that matches no pod. */
const podsFor = (manifests: readonly Manifest[]): readonly KubeObject[] =>
  manifests.flatMap((manifest, index) =>
    manifest.kind === 'Sidecar'
      ? [
          story.podObject(
            `pod-${index}`,
            manifest.metadata.namespace,
            manifest.spec.workloadSelector?.labels ?? { any: 'x' },
          ),
        ]
      : [],
  );

await withOracle('what the golden examples generate', (oracle) => {
  test('passes istioctl validate without error or warning', async () => {
    const text = goldenNames
      .flatMap(manifestsOf)
      .map((manifest) => stringify(manifest, { aliasDuplicateObjects: false }));
    expect(text.length).toBeGreaterThan(10);
    expect(await validate(text.join('---\n'))).toEqual([]);
  });

  test.each(goldenNames)('passes the schema, the webhook and the analyzers of Istio: %s', async (name) => {
    const manifests = manifestsOf(name);
    const namespaces = [...new Set(manifests.map(({ metadata }) => metadata.namespace))];
    const objects = [
      ...namespaces.map(story.namespaceObject),
      ...podsFor(manifests),
      ...manifests.map((manifest) => manifest as unknown as KubeObject),
    ];
    const { validation, messages } = await oracle.judge({
      objects,
      proxies: [],
      probes: [],
      validate: true,
      analyze: true,
    });
    expect(validation).toEqual([]);
    expect(messages.filter(({ code }) => !EXPECTED_ON_MANAGED.has(code))).toEqual([]);
  });
});

describe.runIf(await realParts(ensureBinaries()))('what the controller writes into a cluster', () => {
  test('passes istioctl analyze', async () => {
    const { kubernetes, cluster, kubeconfig } = await startRealCluster();
    try {
      const controller = await runningController(kubeconfig);
      await cluster.apply(story.appIntent([story.GREEN, story.BLUE_SVC, story.GOOGLE, story.REGISTERED]));
      await cluster.apply(story.intent([story.GREEN], { name: 'default' }));
      await untilCondition(cluster, { is: 'True/Ready' });
      await untilCondition(cluster, { intent: 'default', is: 'True/Ready' });
      await controller.stop();
      const messages = await analyze([], { kubeconfig: kubernetes.kubeconfig });
      expect(messages.filter(({ origin }) => /^(Sidecar|ServiceEntry) red\//.test(origin))).toEqual([]);
    } finally {
      await cluster.close();
      await kubernetes.stop();
    }
  });
});
