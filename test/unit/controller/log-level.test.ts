// The log level of a running process: changed over the loopback interface, and nowhere else; levels are words.
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { request } from 'undici';
import { LOG_LEVELS, type LogLevel } from '../../../src/controller/config.ts';
import { createLog } from '../../../src/controller/log.ts';
import { LOG_LEVEL_PATH, serveLogLevel } from '../../../src/controller/ports/log-level.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, eventually } from '../../support/cluster.ts';
import { startControllerProcess } from '../../support/controller-process.ts';
import { untilCondition } from '../../support/intent-status.ts';
import { freePort } from '../../kits/control-plane/ports.ts';
import * as story from '../../support/story.ts';

type Line = { readonly level: string; readonly msg: string; readonly [field: string]: unknown };

async function ask(
  port: number,
  options: Parameters<typeof request>[1] = {},
  host = '127.0.0.1',
  path = LOG_LEVEL_PATH,
) {
  const { statusCode, body } = await request(`http://${host}:${port}${path}`, options);
  return `${statusCode} ${(await body.text()).trim()}`;
}

/** A log with its endpoint. `shown` are the levels that it lets through. */
async function served(level: LogLevel) {
  const lines: Line[] = [];
  const log = createLog(level, { write: (line) => void lines.push(JSON.parse(line) as Line) });
  const shown = (): readonly string[] => {
    lines.length = 0;
    for (const each of LOG_LEVELS) log[each]('a line');
    return lines.map((line) => line.level);
  };
  return { ...(await serveLogLevel(0, log)), lines, shown };
}

describe('the log level', () => {
  test.each(LOG_LEVELS.flatMap((from) => LOG_LEVELS.map((to) => ({ from, to }))))(
    'goes from $from to $to',
    async ({ from, to }) => {
      const { port, close, shown, lines } = await served(from);
      expect(await ask(port)).toBe(`200 ${from}`);
      expect(await ask(port, { method: 'PUT', body: `${to}\n` })).toBe(`200 ${to}`);
      const isTold = [from, to].some((level) => level === 'debug' || level === 'info');
      expect(lines).toMatchObject(isTold ? [{ level: 'info', msg: 'log level changed', from, to }] : []);
      expect(shown()).toEqual(LOG_LEVELS.slice(LOG_LEVELS.indexOf(to)));
      await close();
    },
  );

  test.each([
    { body: 'verbose', is: '400 not a level: verbose; write one of debug, info, warn, error' },
    { body: '', is: '400 not a level: ; write one of debug, info, warn, error' },
    { body: '20', is: '400 not a level: 20; write one of debug, info, warn, error' },
    {
      body: '\u001b[31m',
      is: String.raw`400 not a level: \u{1b}[31m; write one of debug, info, warn, error`,
    },
    {
      body: 'x'.repeat(1_000_000),
      is: `400 not a level: ${'x'.repeat(100)}; write one of debug, info, warn, error`,
    },
  ])('stays as it is for another word: $is', async ({ body, is }) => {
    const { port, close, shown } = await served('info');
    expect(await ask(port, { method: 'PUT', body })).toBe(is);
    expect(shown()).toEqual(['info', 'warn', 'error']);
    await close();
  });

  test('answers nothing else, and nobody from another machine', async () => {
    const { port, close } = await served('info');
    expect(await ask(port, { method: 'POST', body: 'debug' })).toBe('405 GET or PUT');
    expect(await ask(port, { method: 'OPTIONS' })).toBe('405 GET or PUT');
    expect(await ask(port, {}, '127.0.0.1', '/')).toBe(`404 ${LOG_LEVEL_PATH}`);
    const others = Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses.flatMap(({ internal, family, address }) => (internal || family !== 'IPv4' ? [] : [address])),
    );
    for (const host of ['127.0.0.2', ...others])
      await expect(ask(port, {}, host)).rejects.toThrow('ECONNREFUSED');
    await close();
  });

  test(
    'of the process makes it tell each request and run, and be quiet again',
    { timeout: 60_000 },
    async () => {
      const server = await startServerWithCrds(story.storyObjects);
      const cluster = connect(server.kubeconfig);
      const port = await freePort('127.0.0.1');
      const controller = await startControllerProcess(server.kubeconfig, [
        '--debug-port',
        String(port),
        '--log-level',
        'warn',
      ]);
      const lines = (): readonly Line[] => controller.log().map((line) => JSON.parse(line) as Line);
      await eventually(async () => expect(await ask(port)).toBe('200 warn'));
      await cluster.apply(story.appIntent([]));
      await untilCondition(cluster, { is: 'True/Ready' });
      expect(lines()).toEqual([]);
      expect(await ask(port, { method: 'PUT', body: 'debug' })).toBe('200 debug');
      await cluster.apply(story.appIntent([story.GREEN]));
      await untilCondition(cluster, { is: 'True/Ready' });
      await eventually(async () =>
        expect(lines().map(({ level, msg }) => `${level} ${msg}`)).toContain('debug run'),
      );
      expect(lines()).toContainEqual(
        expect.objectContaining({ level: 'debug', msg: 'request', method: 'PATCH', code: 200 }),
      );
      expect(await ask(port, { method: 'PUT', body: 'error' })).toBe('200 error');
      await cluster.apply(story.appIntent([]));
      await untilCondition(cluster, { is: 'True/Ready' });
      controller.stop();
      expect(await controller.ended).toBe(0);
      await cluster.close();
      await server.stop();
    },
  );
});

test('a debug port that is taken stops nobody', { timeout: 60_000 }, async () => {
  const { port, close } = await served('info');
  const server = await startServerWithCrds(story.storyObjects);
  const cluster = connect(server.kubeconfig);
  const controller = await startControllerProcess(server.kubeconfig, ['--debug-port', String(port)]);
  await cluster.apply(story.appIntent([]));
  await untilCondition(cluster, { is: 'True/Ready' });
  expect(controller.log().join('\n')).toContain('the log level cannot be changed at run time');
  controller.stop();
  await controller.ended;
  await Promise.all([close(), cluster.close()]);
  await server.stop();
});
