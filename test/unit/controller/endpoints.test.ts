// The ports of the process: all of them are open, or none.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { servedTogether, serveHealth } from '../../../src/controller/ports/endpoints.ts';

const ready = (): readonly string[] => [];

test('a port that is taken closes the other one, so that the process can end', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, resolve));
  const { port } = taken.address() as AddressInfo;
  const free = serveHealth(0, ready);
  await expect(servedTogether([free, serveHealth(port, ready)])).rejects.toThrow(
    new RegExp(`port ${port} cannot be opened: .*EADDRINUSE`),
  );
  const closed = await free;
  await expect(fetch(`http://127.0.0.1:${closed.port}/healthz`)).rejects.toThrow('fetch failed');
  await new Promise((resolve) => void taken.close(resolve));
});

test('free ports are both open', async () => {
  const endpoints = await servedTogether([serveHealth(0, ready), serveHealth(0, ready)]);
  const answers = await Promise.all(endpoints.map(({ port }) => fetch(`http://127.0.0.1:${port}/readyz`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  await Promise.all(endpoints.map(({ close }) => close()));
});
