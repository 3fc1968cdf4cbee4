// Networks of two meshes stay apart, and nothing of them stays on the machine, however the test process ends.
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mustRun } from '../control-plane/command.ts';
import { realParts } from '../control-plane/real-parts.ts';
import { removeFolder, scratchFolder } from '../control-plane/scratch.ts';
import { startServer } from './start-server.ts';
import { makeNetwork, type Network } from './network.ts';
import { ensureMeshParts } from './prerequisites.ts';

type Maker = ChildProcessByStdio<null, Readable, null>;

const namespaces = async (): Promise<string> => mustRun('ip', ['netns', 'list']);

/** A process that makes a network and a host in it, prints `NETNS HOST_NETNS`, and then a dot every 10 ms. */
const MAKER = `
  import { makeNetwork } from ${JSON.stringify(import.meta.resolve('./network.ts'))};
  const network = await makeNetwork();
  const host = await network.join('host', { resolvConf: '' });
  process.stdout.write(network.netns + ' ' + host.netns + ' ');
  setInterval(() => process.stdout.write('.'), 10);`;

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))('a network', () => {
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

  test('does not share an address or a name with another network', async () => {
    const [first, second] = [await make(), await make()];
    expect(first.gateway).not.toBe(second.gateway);
    expect(first.netns).not.toBe(second.netns);
  });

  test('connects hosts to each other and to the test process', async () => {
    const network = await make();
    const resolvConf = 'nameserver 192.0.2.1\n';
    const near = await network.join('near', { resolvConf });
    const far = await network.join('far', { resolvConf, ip: '203.0.113.10' });
    const server = await startServer(folder, far, { name: 'far', ports: [80] });
    const fetched = await mustRun('ip', [
      'netns',
      'exec',
      near.netns,
      'curl',
      '--silent',
      `http://${far.ip}`,
    ]);
    expect(JSON.parse(fetched)).toEqual({ server: 'far', host: far.ip, from: near.ip });
    expect(await mustRun('ip', ['netns', 'exec', near.netns, 'cat', '/etc/resolv.conf'])).toBe(resolvConf);
    await server.kill();
    const local = await startServer(folder, near, { name: 'near', ports: [80] });
    expect(await mustRun('curl', ['--silent', '--noproxy', '*', `http://${near.ip}`])).toContain('"near"');
    await local.kill();
  });

  test('leaves nothing on the machine after its removal', async () => {
    const network = await make();
    const host = await network.join('host', { resolvConf: '' });
    await network.remove();
    expect(await namespaces()).not.toContain(network.netns);
    expect(existsSync(`/etc/netns/${host.netns}`)).toBe(false);
  });

  test('of a test process that was killed is removed when the next network is made', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const leftover = `egress-intent-${dead}-1-red.red`;
    await mustRun('ip', ['netns', 'add', leftover]);
    await make();
    expect(await namespaces()).not.toContain(leftover);
  });

  const endings: readonly (readonly [string, (maker: Maker) => void, number | string])[] = [
    ['SIGINT', (maker) => maker.kill('SIGINT'), 'SIGINT'],
    ['SIGTERM', (maker) => maker.kill('SIGTERM'), 'SIGTERM'],
    ['SIGHUP', (maker) => maker.kill('SIGHUP'), 'SIGHUP'],
    ['a closed standard output', (maker) => maker.stdout.destroy(), 1],
  ];
  test.each(endings)('is removed when its process ends by %s', async (_ending, end, exit) => {
    const maker: Maker = spawn(process.execPath, ['--input-type=module', '--eval', MAKER], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [output] = (await once(maker.stdout, 'data')) as [Buffer];
    const [netns = '', host = ''] = output.toString().split(' ');
    expect(await namespaces()).toContain(host);
    end(maker);
    const [code, signal] = (await once(maker, 'exit')) as [number | null, string | null];
    expect(signal ?? code).toBe(exit);
    expect(await namespaces()).not.toContain(netns);
    expect(existsSync(`/etc/netns/${host}`)).toBe(false);
  });
});
