// What is told to those who ask for a past that is forgotten. Runs last: it makes the server forget.
import { expect, test } from 'vitest';
import { eventually } from '../../../support/cluster.ts';
import { good, namesOf, refusalOf, type Part } from './suite.ts';
import { widget, widgets } from './widget.ts';

export const history: Part = (ground) => {
  test('watches and pages that need what is forgotten have expired', async () => {
    const { wire, namespace, forget } = ground();
    const path = widgets(namespace);
    for (const name of ['a', 'b', 'c']) await good(wire.send('POST', path, widget(name)));
    const first = await good(wire.send('GET', `${path}?limit=1`));
    const { resourceVersion, continue: token } = first.body.metadata;
    for (const name of ['a', 'b', 'c']) await good(wire.mergePatch(`${path}/${name}`, { spec: { size: 2 } }));
    await forget();
    // A server that has just started refuses lists until it has read what it stores.
    await eventually(async () => good(wire.send('GET', path)));

    const gone = { status: 410, reason: 'Expired' };
    const page = await wire.send('GET', `${path}?limit=1&continue=${token}`);
    expect(refusalOf(page)).toEqual(gone);
    expect(page.body.message).toMatch(
      /^The provided continue parameter is too old to display a consistent list/,
    );
    const exact = `${path}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    expect(refusalOf(await wire.send('GET', exact))).toEqual(gone);
    const [event] = await (await wire.watch(`${path}?watch=1&resourceVersion=${resourceVersion}`)).ended;
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });

    const rest = await good(wire.send('GET', `${path}?continue=${page.body.metadata.continue}`));
    expect(namesOf(rest)).toEqual(['b', 'c']);
    expect(namesOf(await good(wire.send('GET', path)))).toEqual(['a', 'b', 'c']);
  });
};
