// Each fault, and what the client, the server and the log of requests see of it.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openWire } from '../api-server/conformance/wire.ts';
import { eventually } from '../../support/cluster.ts';
import { behindProxy, MAPS } from './behind-proxy.ts';
import type { ProxiedRequest } from './fault.ts';
import { startFaultProxy } from './proxy.ts';

const fixture = behindProxy();
const BROKEN = /ECONNRESET|other side closed/;
const isPost = ({ method }: ProxiedRequest): boolean => method === 'POST';

test('requests and responses pass unchanged and are recorded in order', async () => {
  const { proxy, wire, create } = fixture();
  const created = await create('a');
  expect(created.status).toBe(201);
  expect((await wire.send('GET', `${MAPS}/a`)).body).toEqual(created.body);
  expect((await wire.send('GET', `${MAPS}/b?x=1`)).status).toBe(404);
  const userAgent = 'conformance/1';
  expect(proxy.requests().map(({ at: _at, ...exchange }) => exchange)).toEqual([
    {
      order: 1,
      method: 'POST',
      path: MAPS,
      query: '',
      userAgent,
      contentType: 'application/json',
      body: '{"metadata":{"name":"a"}}',
      status: 201,
    },
    {
      order: 2,
      method: 'GET',
      path: `${MAPS}/a`,
      query: '',
      userAgent,
      contentType: '',
      body: '',
      status: 200,
    },
    {
      order: 3,
      method: 'GET',
      path: `${MAPS}/b`,
      query: 'x=1',
      userAgent,
      contentType: '',
      body: '',
      status: 404,
    },
  ]);
});

test('an injected status is sent the given number of times, and the server receives nothing', async () => {
  const { proxy, create, stored } = fixture();
  const injected = proxy.inject({
    when: isPost,
    times: 2,
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
  });
  expect((await create('a')).body).toMatchObject({ kind: 'Status', code: 429, reason: 'TooManyRequests' });
  expect((await create('a')).status).toBe(429);
  expect(await stored()).toEqual([]);
  expect((await create('a')).status).toBe(201);
  expect(injected.hits()).toBe(2);
  expect(proxy.requests().map(({ fault }) => fault)).toEqual(['status', 'status', undefined]);
});

test('of two faults the one injected first applies, until it is removed', async () => {
  const { proxy, create } = fixture();
  const first = proxy.inject({ when: isPost, fault: { kind: 'status', status: 500 } });
  proxy.inject({ when: isPost, fault: { kind: 'status', status: 503, body: { down: true } } });
  expect((await create('a')).status).toBe(500);
  first.remove();
  expect((await create('a')).text).toBe('{"down":true}');
});

test('a reset breaks the connection before the server receives anything', async () => {
  const { proxy, create, stored } = fixture();
  proxy.inject({ when: isPost, times: 1, fault: { kind: 'reset' } });
  await expect(create('a')).rejects.toThrow(BROKEN);
  expect(await stored()).toEqual([]);
});

test('a reset after forwarding breaks the connection after the server has handled the request', async () => {
  const { proxy, create, stored } = fixture();
  proxy.inject({ when: isPost, times: 1, fault: { kind: 'reset-after-forward' } });
  await expect(create('a')).rejects.toThrow(BROKEN);
  expect(await stored()).toEqual(['a']);
  expect(proxy.requests()).toMatchObject([{ status: 201, fault: 'reset-after-forward' }]);
});

test('a black hole sends no response, on a connection that stays open', async () => {
  const { proxy, wire, create } = fixture();
  const injected = proxy.inject({ when: isPost, fault: { kind: 'black-hole' } });
  const waiting = create('a');
  await eventually(() => expect(injected.hits()).toBe(1));
  expect((await wire.send('GET', `${MAPS}/a`)).status).toBe(404);
  await proxy.stop();
  await expect(waiting).rejects.toThrow(BROKEN);
});

test('a delayed request reaches the server after a request that was sent later', async () => {
  const { proxy, create } = fixture();
  proxy.inject({ when: ({ body }) => body.includes('late'), fault: { kind: 'delay', ms: 50 } });
  const late = create('late');
  await eventually(() => expect(proxy.requests()).toHaveLength(1));
  const early = await create('early');
  expect(Number((await late).body.metadata.resourceVersion)).toBeGreaterThan(
    Number(early.body.metadata.resourceVersion),
  );
});

test('a held request reaches the server when it is released, even if its client has gone', async () => {
  const { proxy, create, stored } = fixture();
  const injected = proxy.inject({ when: isPost, fault: { kind: 'hold' } });
  const held = create('a');
  await eventually(() => expect(injected.hits()).toBe(1));
  expect(await stored()).toEqual([]);
  injected.release();
  expect((await held).status).toBe(201);

  const leaving = openWire(proxy.kubeconfig);
  const abandoned = leaving.send('POST', MAPS, { metadata: { name: 'b' } });
  const outcome = abandoned.catch((error: unknown) => String(error));
  await eventually(() => expect(injected.hits()).toBe(2));
  await leaving.close();
  expect(await outcome).toMatch(/destroyed|aborted|closed/);
  injected.remove();
  await eventually(async () => expect(await stored()).toEqual(['a', 'b']));
});

test('hooks run before the server gets a request and before the client gets the response', async () => {
  const { proxy, create, stored } = fixture();
  const seen: (readonly [string, number, readonly string[]])[] = [];
  proxy.onRequest(async ({ order }) => void seen.push(['request', order, await stored()]));
  const stop = proxy.onResponse(
    async (_request, status) => void seen.push(['response', status, await stored()]),
  );
  await create('a');
  stop();
  await create('b');
  expect(seen).toEqual([
    ['request', 1, []],
    ['response', 201, ['a']],
    ['request', 2, ['a']],
  ]);
});

test('connections break if the server cannot be reached', async () => {
  const { server, proxy, create } = fixture();
  await server.stop();
  await expect(create('a')).rejects.toThrow(BROKEN);
  expect(proxy.requests()[0]?.status).toBeUndefined();
});

test('the proxy sends its credentials, not those of the client', async () => {
  const { server } = fixture();
  const received: IncomingHttpHeaders[] = [];
  const echo = createServer((message, response) => {
    received.push(message.headers);
    response.end('{}');
  });
  await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
  const { port } = echo.address() as AddressInfo;
  const trusted = await startFaultProxy({
    kubeconfig: server.kubeconfig
      .replace(server.url, `http://127.0.0.1:${port}`)
      .replace('user: {}', 'user: { token: proxys }'),
  });
  const client = openWire(trusted.kubeconfig.replace('user: {}', 'user: { token: clients }'));
  await client.send('GET', '/version');
  expect(received[0]).toMatchObject({ authorization: 'Bearer proxys', 'user-agent': 'conformance/1' });
  await client.close();
  await trusted.stop();
  await new Promise((resolve) => void echo.close(resolve));
});
