// Watches through the proxy: streamed event by event, and ended early by faults.
import { expect, test } from 'vitest';
import { behindProxy, MAPS } from './behind-proxy.ts';
import type { ProxiedRequest } from './fault.ts';

const fixture = behindProxy();
const isWatch = ({ query }: ProxiedRequest): boolean => query.includes('watch=');

test('a watch is streamed event by event', async () => {
  const { wire, create } = fixture();
  const stream = await wire.watch(`${MAPS}?watch=1&resourceVersion=0`);
  for (const name of ['a', 'b']) {
    await create(name);
    const events = await stream.atLeast(name === 'a' ? 1 : 2);
    expect(events.at(-1)?.object.metadata.name).toBe(name);
  }
  stream.close();
});

test('the end of a watch reaches the other side, whichever side ends it', async () => {
  const { server, wire, create } = fixture();
  const open = await wire.watch(`${MAPS}?watch=1`);
  server.closeWatches();
  expect(await open.ended).toEqual([]);
  const second = await wire.watch(`${MAPS}?watch=1`);
  second.close();
  await create('a');
  expect((await wire.send('GET', `${MAPS}/a`)).status).toBe(200);
});

test('a truncated watch ends in the middle of a line without an error', async () => {
  const { proxy, wire, create } = fixture();
  await create('a');
  proxy.inject({ when: isWatch, fault: { kind: 'truncate', afterBytes: 50 } });
  const stream = await wire.watch(`${MAPS}?watch=1&resourceVersion=0`);
  await expect(stream.ended).rejects.toThrow(
    'the stream ends within a line: {"type":"ADDED","object":{"kind":"ConfigMap"',
  );
  expect(stream.events()).toEqual([]);
});

test('a response with a content-length can be truncated too', async () => {
  const { proxy, wire, create } = fixture();
  await create('a');
  proxy.inject({ when: ({ method }) => method === 'GET', fault: { kind: 'truncate', afterBytes: 10 } });
  expect((await wire.send('GET', `${MAPS}/a`)).text).toBe('{"kind":"C');
});

test('a watch can break, or stop sending, after some of its events', async () => {
  const { proxy, wire, create } = fixture();
  await create('a');
  const path = `${MAPS}?watch=1&resourceVersion=0`;
  const whole = await wire.watch(path);
  const [event] = await whole.atLeast(1);
  whole.close();
  const afterBytes = JSON.stringify(event).length + 1;

  proxy.inject({ when: isWatch, times: 1, fault: { kind: 'reset', afterBytes } });
  const broken = await wire.watch(path);
  await expect(broken.ended).rejects.toThrow(/ECONNRESET|terminated|other side closed|aborted/);
  expect(broken.events()).toHaveLength(1);

  proxy.inject({ when: isWatch, times: 1, fault: { kind: 'black-hole', afterBytes } });
  const silent = await wire.watch(path);
  await silent.atLeast(1);
  const open = await wire.watch(path);
  await create('b');
  await open.atLeast(2);
  expect(silent.events()).toHaveLength(1);
  for (const stream of [silent, open]) stream.close();
});

test('every watch that is open can break, or stop sending', async () => {
  const { proxy, wire, create } = fixture();
  const silent = await wire.watch(`${MAPS}?watch=1`);
  proxy.endOpen('black-hole');
  const broken = await wire.watch(`${MAPS}?watch=1`);
  await create('a');
  await broken.atLeast(1);
  proxy.endOpen('reset');
  await expect(broken.ended).rejects.toThrow(/ECONNRESET|terminated|other side closed|aborted/);
  expect(silent.events()).toEqual([]);
  silent.close();
});

test('a watch can be answered with given events', async () => {
  const { proxy, wire } = fixture();
  const events = [{ type: 'ERROR', object: { kind: 'Status', code: 410 } }];
  proxy.inject({ when: isWatch, times: 1, fault: { kind: 'events', events } });
  const stream = await wire.watch(`${MAPS}?watch=1`);
  expect(await stream.ended).toEqual(events);
});
