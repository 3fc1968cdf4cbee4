// Proves that networks of tests do not meet, and that nothing of them stays on the machine.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mustRun } from '../control-plane/command.ts';
import { realParts } from '../control-plane/real-parts.ts';
import { removeFolder, scratchFolder } from '../control-plane/scratch.ts';
import { startServer } from './app.ts';
import { makeNetwork, type Network } from './network.ts';
import { ensureMeshParts } from './prerequisites.ts';

const namespaces = async (): Promise<string> => mustRun('ip', ['netns', 'list']);

describe.runIf(await realParts(ensureMeshParts()))('a network', () => {
  const made: Network[] = [];
  const make = async (): Promise<Network> => {
    const network = await makeNetwork();
    made.push(network);
    return network;
  };
  let folder: string;
  beforeAll(async () => {
    folder = await scratchFolder('network');
  });
  afterAll(() => removeFolder(folder));
  afterEach(async () => {
    for (const network of made.splice(0)) await network.remove();
  });

  test('has addresses of its own beside another one', async () => {
    const [first, second] = [await make(), await make()];
    expect(first.gateway).not.toBe(second.gateway);
    expect(first.netns).not.toBe(second.netns);
  });

  test('joins hosts that reach each other by the router, and the test process too', async () => {
    const network = await make();
    const resolvConf = 'nameserver 192.0.2.1\n';
    const one = await network.join('one', { resolvConf });
    const far = await network.join('far', { resolvConf, ip: '203.0.113.10' });
    const server = await startServer(folder, far, { name: 'far', ports: [80] });
    const fetched = await mustRun('ip', ['netns', 'exec', one.netns, 'curl', '--silent', `http://${far.ip}`]);
    expect(JSON.parse(fetched)).toEqual({ server: 'far', host: far.ip });
    expect(await mustRun('ip', ['netns', 'exec', one.netns, 'cat', '/etc/resolv.conf'])).toBe(resolvConf);
    await server.kill();
    const local = await startServer(folder, one, { name: 'one', ports: [80] });
    expect(await mustRun('curl', ['--silent', '--noproxy', '*', `http://${one.ip}`])).toContain('"one"');
    await local.kill();
  });

  test('is gone after its removal, with all that joined it', async () => {
    const network = await make();
    const host = await network.join('one', { resolvConf: '' });
    await network.remove();
    expect(await namespaces()).not.toContain(network.netns);
    expect(existsSync(`/etc/netns/${host.netns}`)).toBe(false);
  });

  test('is removed by the next one when its test process was killed', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const leftover = `egress-intent-${dead}-1-red.red`;
    await mustRun('ip', ['netns', 'add', leftover]);
    await make();
    expect(await namespaces()).not.toContain(leftover);
  });
});
