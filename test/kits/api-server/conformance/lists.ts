// Lists: order, selection, pages, and how old they may be.
import { beforeAll, expect, test } from 'vitest';
import { good, namesOf, refusalOf, type Part } from './suite.ts';
import { configMap, GROUP, widget, widgets } from './widget.ts';
import type { Reply } from './wire.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

export const lists: Part = (ground) => {
  const list = (query = ''): Promise<Reply> =>
    ground().wire.send('GET', `${widgets(ground().namespace)}${query}`);
  const selected = async (kind: string, selector: string): Promise<readonly string[] | number> => {
    const reply = await list(`?${kind}=${encodeURIComponent(selector)}`);
    return reply.status === 200 ? namesOf(reply) : reply.status;
  };

  beforeAll(async () => {
    const { wire, namespace } = ground();
    for (const [index, name] of NAMES.toReversed().entries()) {
      const labels = name === 'e' ? {} : { app: name, odd: String(index % 2) };
      await good(wire.send('POST', widgets(namespace), widget(name, { size: 1 }, { labels })));
    }
  });

  test('a list is in the order of the names, and tells the version that it shows', async () => {
    const reply = await good(list());
    expect(reply.body).toMatchObject({ kind: 'WidgetList', apiVersion: `${GROUP}/v1` });
    expect(namesOf(reply)).toEqual(NAMES);
    const versions = reply.body.items.map(({ metadata }) => Number(metadata.resourceVersion));
    expect(Number(reply.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(Math.max(...versions));
  });

  test('items of a custom kind say their kind, those of a built-in one do not', async () => {
    const { wire, namespace } = ground();
    expect((await list()).body.items[0]).toMatchObject({ kind: 'Widget', apiVersion: `${GROUP}/v1` });
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    await good(wire.send('POST', maps, configMap('item')));
    const { body } = await wire.send('GET', maps);
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(Object.keys(body.items[0] ?? {})).toEqual(['metadata']);
  });

  test('all pages show the state of the first one', async () => {
    const { wire, namespace } = ground();
    const first = await good(list('?limit=2'));
    expect(namesOf(first)).toEqual(['a', 'b']);
    expect(first.body.metadata.remainingItemCount).toBe(3);
    await good(wire.send('POST', widgets(namespace), widget('aa')));
    await good(wire.send('DELETE', `${widgets(namespace)}/d`));
    const second = await good(list(`?limit=2&continue=${first.body.metadata.continue}`));
    expect(namesOf(second)).toEqual(['c', 'd']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    const last = await good(list(`?limit=2&continue=${second.body.metadata.continue}`));
    expect(namesOf(last)).toEqual(['e']);
    expect(last.body.metadata.continue ?? '').toBe('');
    const exact = `?resourceVersion=${first.body.metadata.resourceVersion}&resourceVersionMatch=Exact`;
    expect(namesOf(await good(list(exact)))).toEqual(NAMES);
    await good(wire.send('DELETE', `${widgets(namespace)}/aa`));
    await good(
      wire.send('POST', widgets(namespace), widget('d', { size: 1 }, { labels: { app: 'd', odd: '1' } })),
    );
  });

  test.each([
    ['odd=1', ['b', 'd']],
    ['odd==0', ['a', 'c']],
    ['odd!=1', ['a', 'c', 'e']],
    ['app in (a, b)', ['a', 'b']],
    ['app notin (a,b)', ['c', 'd', 'e']],
    ['app', ['a', 'b', 'c', 'd']],
    ['!app', ['e']],
    ['odd=1,app=b', ['b']],
    ['odd>0', ['b', 'd']],
    ['', NAMES],
    ['a b', 400],
    ['=x', 400],
    ['app=a,', 400],
    ['app in (a', 400],
  ])('the label selector "%s" selects %j', async (selector, expected) => {
    expect(await selected('labelSelector', selector)).toEqual(expected);
  });

  test('fields can be selected by name and namespace alone', async () => {
    const { wire, namespace } = ground();
    expect(await selected('fieldSelector', 'metadata.name=b')).toEqual(['b']);
    expect(await selected('fieldSelector', 'metadata.name!=b')).toEqual(['a', 'c', 'd', 'e']);
    expect(await selected('fieldSelector', `metadata.name==b,metadata.namespace=other`)).toEqual([]);
    expect(await selected('fieldSelector', 'spec.size=1')).toBe(400);
    const everywhere = `/apis/${GROUP}/v1/widgets?fieldSelector=metadata.name%3Db,metadata.namespace%3D${namespace}`;
    expect(namesOf(await good(wire.send('GET', everywhere)))).toEqual(['b']);
  });

  test('a selecting list can be read page by page', async () => {
    const found: string[] = [];
    let token = '';
    do {
      const page: Reply = await good(list(`?limit=1&labelSelector=odd%3D1&continue=${token}`));
      expect(page.body.metadata.remainingItemCount).toBeUndefined();
      found.push(...namesOf(page));
      token = page.body.metadata.continue ?? '';
    } while (token !== '');
    expect(found).toEqual(['b', 'd']);
  });

  test('metadata alone is listed for those who ask for it', async () => {
    const { wire, namespace } = ground();
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
    const { body } = await wire.send('GET', `${widgets(namespace)}?limit=1`, undefined, { accept });
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(body.metadata.remainingItemCount).toBe(4);
    expect(Object.keys(body.items[0] ?? {}).toSorted()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(body.items[0]).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'a', generation: 1 },
    });
    const single = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    expect((await wire.send('GET', widgets(namespace), undefined, { accept: single })).status).toBe(406);
  });

  test('what a list cannot give is refused', async () => {
    expect(refusalOf(await list('?resourceVersion=999999999'))).toMatchObject({
      status: 504,
      reason: 'Timeout',
    });
    expect((await list('?resourceVersion=abc')).status).toBe(400);
    expect((await list('?limit=abc')).status).toBe(400);
    expect((await list('?continue=nonsense')).status).toBe(400);
    expect(refusalOf(await list('?resourceVersionMatch=Exact'))).toMatchObject({ status: 422 });
    const { wire } = ground();
    const nowhere = await good(wire.send('GET', widgets('nowhere')));
    expect(nowhere.body.items).toEqual([]);
  });
};
