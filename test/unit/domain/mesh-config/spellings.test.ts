// MeshConfig and ProxyConfig are read in every spelling that istiod reads, and in no other; test/istio/mesh-config.test.ts asks istiod.
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { interceptionOf } from '../../../../src/domain/istio/pod-proxy.ts';
import { parseMeshConfig } from '../../../../src/domain/kinds/mesh-config.ts';
import { MeshConfigMessage } from '../../../../src/domain/mesh-config/mesh-config-message.ts';

const configMap = (mesh: string) => ({
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh },
});
const read = (mesh: string) => parseMeshConfig(configMap(mesh));

/** Every field that is read has another value than by default. */
const EXAMPLE = {
  rootNamespace: 'cfg',
  extensionProviders: [{ name: 'zipkin', zipkin: { service: 'zipkin.obs' } }],
  defaultProviders: { tracing: ['a'], metrics: ['b'], accessLogging: ['c'] },
  defaultConfig: { interceptionMode: 'NONE', proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } },
  defaultServiceExportTo: ['.'],
  defaultVirtualServiceExportTo: ['blue'],
  defaultDestinationRuleExportTo: ['red'],
  discoverySelectors: [{ matchLabels: { a: 'b' } }],
  serviceEntryVisibility: {
    defaultVisibility: 'NAMESPACE',
    applyToSidecars: true,
    policies: [
      { visibility: 'NONE', matchingRules: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] },
    ],
  },
};

type Path = readonly string[];

/** The paths of the fields of a schema and of the messages in it. A label selector is none of protobuf's. */
function fieldsOf(schema: unknown, path: Path = []): readonly Path[] {
  if (path.at(-1)?.endsWith('Selector') || path.at(-1)?.endsWith('Selectors')) return [];
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out].flatMap((part) => fieldsOf(part, path));
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, path);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return fieldsOf(schema.unwrap(), path);
  if (schema instanceof z.ZodCatch) return fieldsOf(schema.unwrap(), path);
  if (!(schema instanceof z.ZodObject)) return [];
  const fields: readonly (readonly [string, unknown])[] = Object.entries(schema.shape);
  return fields.flatMap(([name, field]) => [[...path, name], ...fieldsOf(field, [...path, name])]);
}

/** The value with its field at the path under another name, or with another value. */
function changed(value: unknown, [first, ...rest]: Path, change: (entry: Entry) => Entry): unknown {
  if (Array.isArray(value)) return value.map((item) => changed(item, [first ?? '', ...rest], change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((entry: Entry) => {
      if (entry[0] !== first) return entry;
      return rest.length === 0 ? change(entry) : [entry[0], changed(entry[1], rest, change)];
    }),
  );
}
type Entry = [string, unknown];

const inProto = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const FIELDS = fieldsOf(MeshConfigMessage);
const ONLY_IN_JSON: ReadonlySet<string | undefined> = new Set(['defaultConfig', 'defaultProviders']);
const isOnlyInJson = (path: Path): boolean => path.length === 1 && ONLY_IN_JSON.has(path[0]);

const withDefault = (visibility: unknown) =>
  read(stringify({ serviceEntryVisibility: { applyToSidecars: true, defaultVisibility: visibility } }));
const captures = (value: string) =>
  read(JSON.stringify({ defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: value } } }))?.dnsCapture;
const bypasses = (config: string) => interceptionOf({ 'proxy.istio.io/config': config }).bypasses;

describe('a field of MeshConfig', () => {
  test('each stands in the example with a value that is seen', () => {
    expect(FIELDS.length).toBeGreaterThan(15);
    for (const path of FIELDS) {
      const without = changed(EXAMPLE, path, ([, value]) => ['x', value]);
      expect([path, MeshConfigMessage.parse(without)]).not.toEqual([path, MeshConfigMessage.parse(EXAMPLE)]);
    }
  });

  test.each(FIELDS.map((path) => [path.join('.'), path] as const))(
    '%s counts as protobuf spells it too',
    (_name, path) => {
      const text = stringify(changed(EXAMPLE, path, ([name, value]) => [inProto(name), value]));
      const absent = stringify(changed(EXAMPLE, path, ([, value]) => ['x', value]));
      expect(read(text)).toEqual(read(isOnlyInJson(path) ? absent : stringify(EXAMPLE)));
    },
  );

  test.each(['rootNamespace: a\nroot_namespace: b', 'root_namespace: b\nrootNamespace: a'])(
    'counts under its name in JSON before that in proto: %j',
    (text) => {
      expect(read(text)?.rootNamespace).toBe('a');
    },
  );

  test('is absent if its name in JSON is null', () => {
    expect(read('root_namespace: b\nrootNamespace: null')?.rootNamespace).toBe('istio-system');
  });

  test.each(['RootNamespace: a', 'rootnamespace: a', 'root-namespace: a'])(
    'is another one if spelled %s',
    (text) => {
      expect(read(text)?.rootNamespace).toBe('istio-system');
    },
  );

  test.each([
    ['VISIBILITY_UNSPECIFIED', 0],
    ['NONE', 1],
    ['NAMESPACE', 2],
    ['PUBLIC', 3],
    ['VISIBILITY_UNSPECIFIED', 9],
  ])('%s counts by its number too, %i', (name, number) => {
    expect(withDefault(number)).toEqual(withDefault(name));
  });
});

describe('the text of a MeshConfig', () => {
  test.each([
    ['a key twice, of which the last counts', 'rootNamespace: a\nrootNamespace: cfg'],
    ['another key twice', 'rootNamespace: cfg\nenableTracing: true\nenableTracing: false'],
    ['a key twice below', 'rootNamespace: cfg\nmeshMTLS: { a: 1, a: 2 }'],
    ['a second document', 'rootNamespace: cfg\n---\nrootNamespace: b'],
    ['a second document that is no YAML', 'rootNamespace: cfg\n---\na: ['],
    ['a document end', '# text\n---\nrootNamespace: cfg\n...\nrootNamespace: b'],
    ['a merge key', 'x: &x { rootNamespace: cfg }\n<<: *x'],
    ['an alias', 'x: &x cfg\nrootNamespace: *x'],
    ['JSON', '{"rootNamespace": "cfg"}'],
    ['a tag', 'rootNamespace: !!str cfg'],
  ])('is read with %s', (_what, text) => {
    expect(read(text)?.rootNamespace).toBe('cfg');
  });

  test('is read with a provider that has no name', () => {
    expect(read('rootNamespace: cfg\nextensionProviders: [{ zipkin: { service: z.obs } }]')).toMatchObject({
      rootNamespace: 'cfg',
      providers: [{ name: '', service: 'z.obs' }],
    });
  });

  test('gives of two providers with one name the last', () => {
    const [first, second] = ['a.obs', 'b.obs'].map((service) => ({ name: 'z', zipkin: { service } }));
    expect(read(stringify({ extensionProviders: [first, second] }))?.providers).toEqual([
      { name: 'z', service: 'b.obs' },
    ]);
  });

  test.each([
    ['a number for a text', 'rootNamespace: 5'],
    ['a boolean for a text', 'rootNamespace: true'],
    ['a boolean in proxyMetadata', 'defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: true } }'],
    ['a text for a list', 'defaultServiceExportTo: "."'],
    ['a text for a boolean', 'serviceEntryVisibility: { applyToSidecars: "true" }'],
    ['an enum in small letters', 'serviceEntryVisibility: { defaultVisibility: none }'],
    ['an enum by a number in quotes', 'defaultConfig: { interceptionMode: "2" }'],
    ['a number for the name of a provider', 'extensionProviders: [{ name: 5 }]'],
    ['a list', '[]'],
    ['a text', 'text'],
    ['no YAML', 'a: ['],
  ])('cannot be read with %s', (_what, text) => {
    expect(read(text)).toBeUndefined();
    expect(parseMeshConfig.problemsOf(configMap(text))).not.toEqual([]);
  });
});

describe('proxies answer DNS', () => {
  test.each(['1', 't', 'T', 'true', 'True', 'TRUE'])('with %j', (value) => {
    expect(captures(value)).toBe(true);
  });

  test.each(['0', 'f', 'F', 'false', 'False', 'FALSE', '', 'yes', 'on', 'tRUE', ' true', '2'])(
    'not with %j',
    (value) => {
      expect(captures(value)).toBe(false);
    },
  );
});

describe('the annotation proxy.istio.io/config keeps calls from the proxy', () => {
  test.each([
    'interceptionMode: NONE',
    'interception_mode: NONE\n',
    'interceptionMode: 2',
    'interception_mode: 2',
    '{"interceptionMode": "NONE"}',
    'interceptionMode: REDIRECT\ninterceptionMode: NONE',
    'interception_mode: REDIRECT\ninterceptionMode: NONE',
    'concurrency: 1\nconcurrency: 2\ninterceptionMode: NONE\n---\ninterceptionMode: REDIRECT',
  ])('with %j', (config) => {
    expect(bypasses(config)).toEqual([`proxy.istio.io/config: ${JSON.stringify(config)}`]);
  });

  test.each([
    'interceptionMode: REDIRECT',
    'interceptionMode: TPROXY',
    'interceptionMode: 0',
    'interceptionMode: null',
    'InterceptionMode: NONE',
    'interceptionMode: REDIRECT\ninterception_mode: NONE',
    '',
    '{}',
  ])('not with %j', (config) => {
    expect(bypasses(config)).toEqual([]);
  });
});
