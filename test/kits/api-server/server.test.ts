// The parts of the in-process server that a real one does not have: its log, its switches, and its refusals.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linesOf } from './conformance/suite.ts';
import { configMap, DEFINITIONS, definitionOf, GROUP } from './conformance/widget.ts';
import { openWire, type Reply, type Wire } from './conformance/wire.ts';
import { startApiServer, type ApiServer } from './server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
let server: ApiServer;
let wire: Wire;

const create = (name: string, metadata = {}): Promise<Reply> =>
  wire.send('POST', MAPS, configMap(name, metadata));

beforeEach(async () => {
  server = await startApiServer({ bookmarkIntervalMs: 20 });
  wire = openWire(server.kubeconfig);
});
afterEach(async () => {
  await wire.close();
  await server.stop();
});

test('every request is recorded', async () => {
  await wire.send('GET', `${MAPS}/b?x=1`);
  const request = { method: 'GET', path: `${MAPS}/b`, query: 'x=1', userAgent: 'conformance/1' };
  expect(server.requests()).toEqual([request]);
});

test('watches get bookmarks, can be ended, and continue from their last version', async () => {
  const { body } = await create('a');
  const query = 'watch=1&allowWatchBookmarks=true';
  const stream = await wire.watch(`${MAPS}?${query}&resourceVersion=${body.metadata.resourceVersion}`);
  const [bookmark] = await stream.atLeast(1);
  expect(bookmark?.type).toBe('BOOKMARK');
  server.closeWatches();
  const last = (await stream.ended).at(-1);
  await create('b');
  const next = await wire.watch(`${MAPS}?watch=1&resourceVersion=${last?.object.metadata.resourceVersion}`);
  expect(linesOf(await next.atLeast(1))).toEqual(['ADDED b']);
});

const HOST_POD = { metadata: { name: 'p' }, spec: { containers: [{ name: 'a' }], nodeName: 'node' } };
const PODS = '/api/v1/namespaces/default/pods';
const definition = definitionOf('Gadget');
const [version] = definition.spec.versions;
const withSpec = (spec: object): unknown => ({ ...definition, spec: { ...definition.spec, ...spec } });
const withSchema = (openAPIV3Schema: object): unknown =>
  withSpec({ versions: [{ ...version, schema: { openAPIV3Schema } }] });
const MERGE = { type: 'application/merge-patch+json' };

test.each([
  ['discovery', 'GET', '/apis', undefined, {}],
  ['the version', 'GET', '/version', undefined, {}],
  ['another built-in kind', 'GET', '/apis/discovery.k8s.io/v1/endpointslices', undefined, {}],
  ['events of the core group', 'GET', '/api/v1/events', undefined, {}],
  ['label selectors', 'GET', `${MAPS}?labelSelector=a%3Db`, undefined, {}],
  ['other field selectors', 'GET', `${PODS}?fieldSelector=spec.nodeName%3Da`, undefined, {}],
  ['exact lists', 'GET', `${MAPS}?resourceVersion=1&resourceVersionMatch=Exact`, undefined, {}],
  ['lists by watching', 'GET', `${MAPS}?watch=1&sendInitialEvents=true`, undefined, {}],
  ['a watch of one object', 'GET', `${MAPS}/a?watch=1`, undefined, {}],
  ['tables', 'GET', MAPS, undefined, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }],
  ['dry runs', 'POST', `${MAPS}?dryRun=All`, configMap('a'), {}],
  ['field validation', 'POST', `${MAPS}?fieldValidation=Strict`, configMap('a'), {}],
  ['finalizers', 'POST', MAPS, configMap('a', { finalizers: ['a.b/c'] }), {}],
  ['generated names', 'POST', MAPS, { metadata: { generateName: 'a-' } }, {}],
  ['PUT of a new object', 'PUT', `${MAPS}/a`, configMap('a'), {}],
  ['YAML', 'POST', MAPS, 'kind: ConfigMap', { type: 'application/yaml' }],
  ['JSON patch', 'PATCH', `${MAPS}/a`, [], { type: 'application/json-patch+json' }],
  ['strategic merge patch', 'PATCH', `${MAPS}/a`, {}, { type: 'application/strategic-merge-patch+json' }],
  ['another subresource', 'PATCH', `${PODS}/a/eviction`, {}, MERGE],
  ['collections', 'DELETE', MAPS, undefined, {}],
  ['grace periods', 'DELETE', `${PODS}/a`, { gracePeriodSeconds: 5 }, {}],
  ['the end of a namespace', 'DELETE', '/api/v1/namespaces/default', undefined, {}],
  ['the end of a definition', 'DELETE', `${DEFINITIONS}/a.b.c`, undefined, {}],
  ['a pod on a node', 'POST', PODS, HOST_POD, {}],
  ['a second version', 'POST', DEFINITIONS, withSpec({ versions: [version, version] }), {}],
  ['conversion', 'POST', DEFINITIONS, withSpec({ conversion: { strategy: 'Webhook' } }), {}],
  ['anyOf', 'POST', DEFINITIONS, withSchema({ properties: { a: { anyOf: [{}] } } }), {}],
])('refuses what it does not support: %s', async (_what, method, path, body, options) => {
  const reply = await wire.send(method, path, body, options);
  expect(reply.body).toMatchObject({ code: 501, message: expect.stringMatching(/^not served here: .*real/) });
});

test('answers 404 for a custom kind that is not installed', async () => {
  expect((await wire.send('GET', `/apis/${GROUP}/v1/widgets`)).status).toBe(404);
});
