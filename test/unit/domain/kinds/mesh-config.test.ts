import { describe, expect, test } from 'vitest';
import { istiodOf, parseMeshConfig } from '../../../../src/domain/kinds/mesh-config.ts';
import { withDefaults } from '../../../../src/domain/settings.ts';
import { settingsWith } from '../../../support/compiler.ts';

const configMap = (mesh: string, name = 'istio') => ({
  metadata: { name, namespace: 'istio-system' },
  data: { mesh },
});

const istiod = (pod: string, version: string) => {
  const labels = { app: 'istiod', 'app.kubernetes.io/version': version };
  const found = istiodOf({ namespace: 'istio-system', name: pod, labels });
  return found === undefined ? [] : [found];
};

describe('a MeshConfig', () => {
  test('without anything in it has the defaults of Istio', () => {
    expect(parseMeshConfig(configMap(''))).toEqual({
      namespace: 'istio-system',
      name: 'istio',
      rootNamespace: 'istio-system',
      dnsCapture: false,
      providers: [],
      defaultProviders: [],
      exportTo: { Service: ['*'], VirtualService: ['*'], DestinationRule: ['*'] },
      discoverySelectors: [],
    });
  });

  test('names the services of its providers, and passes over those that call nobody', () => {
    const mesh = `
extensionProviders:
  - { name: zipkin, zipkin: { service: Zipkin.obs.svc.cluster.local, port: 9411 } }
  - { name: prometheus, prometheus: {} }
  - { name: file, envoyFileAccessLog: { path: /dev/stdout } }
defaultProviders: { tracing: [zipkin], metrics: [prometheus] }
`;
    expect(parseMeshConfig(configMap(mesh))).toMatchObject({
      providers: [{ name: 'zipkin', service: 'zipkin.obs.svc.cluster.local' }],
      defaultProviders: ['zipkin', 'prometheus'],
    });
  });

  test.each([
    ['text that is no YAML', configMap('a: [')],
    ['a ConfigMap that is not of istiod', configMap('rootNamespace: x', 'grafana')],
    ['one of istiod that holds something else', { ...configMap(''), data: { values: '{}' } }],
  ])('is not made of %s', (_what, raw) => {
    expect(parseMeshConfig(raw)).toBeUndefined();
  });
});

describe('what the settings leave open', () => {
  const capturing = parseMeshConfig(
    configMap('defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } }', 'istio-canary'),
  );
  const plain = parseMeshConfig(configMap(''));
  const configs = [capturing, plain].flatMap((config) => config ?? []);
  const istiods = [...istiod('new', '1.31.0'), ...istiod('old', '1.29.6'), ...istiod('odd', 'latest')];

  test('is as the oldest istiod and every revision have it', () => {
    expect(withDefaults(settingsWith(), { configs, istiods })).toMatchObject({
      istioVersion: { major: 1, minor: 29 },
      dnsCapture: false,
      source: { istioVersion: 'Pod istio-system/old', dnsCapture: 'ConfigMap istio-system/istio' },
    });
    expect(withDefaults(settingsWith(), { configs: configs.slice(0, 1), istiods }).dnsCapture).toBe(true);
  });

  test('is the usual where the mesh is silent', () => {
    expect(withDefaults(settingsWith(), { configs: [], istiods: [] })).toMatchObject({
      istioVersion: { major: 1, minor: 31 },
      dnsCapture: false,
    });
  });

  test('is nothing where they say all', () => {
    const settings = settingsWith({ istioVersion: '1.30', dnsCapture: true });
    expect(withDefaults(settings, { configs, istiods })).toMatchObject({
      istioVersion: { major: 1, minor: 30 },
      dnsCapture: true,
      source: { istioVersion: 'setting --istio-version', dnsCapture: 'setting --dns-capture' },
    });
  });
});
