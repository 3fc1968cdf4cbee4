// A stack of the shipped bundle can be read, although the image runs it without a source map.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withOriginalFrames } from '../stack/original-frames.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
/** Prints a stack from inside the bundle, at its first write. */
const PROBE = `process.stdout.write = () => { process.stderr.write(new Error('probe').stack + '\\n'); return true; };`;

let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-intent-stack-'));
  bundle = join(folder, 'egress-intent.mjs');
  await run('npm', ['run', 'build', '--', `--outfile=${bundle}`], { cwd: ROOT });
  await writeFile(join(folder, 'probe.mjs'), PROBE);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const probeStack = async (): Promise<string> =>
  (await run(process.execPath, ['--import', join(folder, 'probe.mjs'), bundle, 'crd'])).stderr;

/** The line of the sources that a frame names. */
async function sourceLine(frame: string): Promise<string> {
  const [, file = '', line = ''] = /(src\/\S+\.ts):(\d+):\d+/.exec(frame) ?? [];
  return (await readFile(join(ROOT, file), 'utf8')).split('\n')[Number(line) - 1] ?? '';
}

describe('a stack of the bundle', () => {
  test('is resolved by the map beside it to the lines of the sources', async () => {
    const stack = await probeStack();
    expect(stack).not.toContain('src/cli');
    const frames = withOriginalFrames(stack, await readFile(`${bundle}.map`, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('src/cli/'));
    expect(frames.length).toBeGreaterThan(1);
    expect(await sourceLine(frames[0] ?? '')).toContain('process.stdout.write(text)');
  });

  test('is resolved by the script, also inside a line of the log', async () => {
    const log = join(folder, 'log');
    await writeFile(log, `${JSON.stringify({ level: 60, err: { stack: await probeStack() } })}\n`);
    const command = `npm run --silent stack -- ${bundle}.map < ${log}`;
    const { stdout } = await run('sh', ['-c', command], { cwd: ROOT });
    expect(JSON.parse(stdout)).toMatchObject({
      err: { stack: expect.stringMatching(/at .*\(?src\/cli\/main\.ts:\d+:\d+/) },
    });
  });

  test('keeps what the map does not know', () => {
    const map = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
    expect(withOriginalFrames('at f (/app/egress-intent.mjs:9:9)', map)).toBe(
      'at f (/app/egress-intent.mjs:9:9)',
    );
  });
});

test('the image runs the bundle without reading its map', async () => {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const [, options = ''] = /NODE_OPTIONS="([^"]*)"/.exec(dockerfile) ?? [];
  expect(options.split(' ')).toEqual(['--max-semi-space-size=4', '--max-old-space-size-percentage=75']);
});
