// The demo as a process, with its in-process API server: what each step prints, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../demo/main.ts');
const TIMEOUT_MS = 60_000; // a few seconds, except on a busy machine
const NPM_LINES = 4; // `npm run demo` prints the command first, between empty lines

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'egress-intent-demo-test-'));
});
afterAll(() => rm(temporary, { recursive: true }));

/** Runs the demo. `onStart` is called when it prints the first table. */
async function runDemo(
  args: readonly string[] = [],
  onStart: (child: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Ended> {
  const env = { ...process.env, TMPDIR: temporary, NO_COLOR: undefined, FORCE_COLOR: undefined };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  let isStarted = false;
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    if (!isStarted && stdout.includes('CALL')) onStart(child);
    isStarted ||= stdout.includes('CALL');
  });
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

const GREEN = 'nginx-green-svc.green:80 allowed red allow[0] namespace green';
const BLUE = 'nginx-blue-svc.blue:80 allowed red allow[1] service blue/nginx-blue-svc';
const GOOGLE = 'www.google.com:443 allowed red allow[2] host www.google.com';
const API = 'api.example.com:443 allowed red allow[3] serviceEntry entries/api.example.com';
const SECOND_BLUE = 'second-blue-svc.blue:80 allowed default allow[0] service blue/second-blue-svc';

const blocked = (row: string): string => row.replace(/ allowed .*/, ' blocked -');
const EVIL = 'evil.com:443 blocked -';
const UNRESTRICTED = [GREEN, BLUE, SECOND_BLUE, GOOGLE, API, EVIL].map((row) =>
  row.replace(/ (allowed|blocked) .*/, ' unrestricted -'),
);
const ALL = [GREEN, BLUE, SECOND_BLUE, GOOGLE, API, EVIL];

/** By the beginning of the title of each step. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  'Before:': UNRESTRICTED,
  '1. The app may call namespace green, one Service': [
    GREEN,
    BLUE,
    ...[SECOND_BLUE, GOOGLE, API, EVIL].map(blocked),
  ],
  '2. The app may also call www.google.com.': [GREEN, BLUE, blocked(SECOND_BLUE), GOOGLE, blocked(API), EVIL],
  '3. The app may also call a host that the platform': [GREEN, BLUE, blocked(SECOND_BLUE), GOOGLE, API, EVIL],
  '4. A default for every pod': ALL,
  '5. A manual edit of the Sidecar': ALL,
  '6. A mistake: a name that no Service has.': [GREEN, blocked(BLUE), SECOND_BLUE, GOOGLE, API, EVIL],
  '7. The intents are deleted': UNRESTRICTED,
};

describe('the demo without flags', () => {
  let demo: Ended;
  let blocks: readonly (readonly string[])[];
  const blockOf = (title: string): readonly string[] =>
    blocks.find(([first = '']) => first.startsWith(title)) ?? [];

  beforeAll(async () => {
    demo = await runDemo();
    blocks = demo.stdout
      .trimEnd()
      .split('\n\n')
      .map((block) => block.split('\n'));
  }, TIMEOUT_MS);

  test('succeeds within 120 lines of plain text, each short enough to read', () => {
    expect(demo).toMatchObject({ code: 0, stderr: '' });
    const lines = demo.stdout.trimEnd().split('\n');
    expect(lines.length + NPM_LINES).toBeLessThanOrEqual(120);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(115);
    expect(demo.stdout).not.toContain('\u001B');
  });

  test('plays every step', () => {
    expect(blocks.slice(1).map(([title]) => title)).toEqual(
      Object.keys(TABLES).map((title) => expect.stringMatching(`^${title.replaceAll('.', '\\.')}`)),
    );
  });

  test.each(Object.entries(TABLES))('shows what the app may call after "%s"', (title, rows) => {
    const block = blockOf(title);
    const header = block.findIndex((line) => /^ {2}CALL +ANSWER +GRANTED BY$/.test(line));
    expect(block.slice(header + 1).map((line) => line.trim().replaceAll(/ {2,}/g, ' '))).toEqual(rows);
  });

  test('changes one name in the step with the mistake, and prints the status', () => {
    const [, command, ...lines] = blockOf('6. A mistake');
    expect(command).toMatch(
      /^\$ kubectl apply -f red\.yaml {3}# EgressIntent red\/red: Ready=False UnresolvedRefs after /,
    );
    expect(
      lines.slice(
        0,
        lines.findIndex((line) => line.startsWith('  CALL')),
      ),
    ).toEqual([
      '  -   - service: { name: nginx-blue-svc, namespace: blue }',
      '  +   - service: { name: nginx-blu-svc, namespace: blue }',
      '  status: spec.allow[1]: Service blue/nginx-blu-svc does not exist: create it, or correct name and namespace',
      expect.stringMatching(/^ {2}Sidecar red\/egress-intent-998-nginx-red-1-\w+$/),
      '  -   - blue/nginx-blue-svc.blue.svc.cluster.local',
      '  +   - blue/nginx-blu-svc.blue.svc.cluster.local',
    ]);
  });

  test('leaves nothing that was generated, and no temporary file', async () => {
    expect(blockOf('7. ')[1]).toContain('# no Sidecar and no ServiceEntry is left after ');
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe('the demo ends', { timeout: TIMEOUT_MS }, () => {
  test('at once with --keep alone, and says what to do', async () => {
    expect(await runDemo(['--keep'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: --keep needs --real or --mesh: the in-process API server ends with the demo\n',
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('in order on %s', async (signal, code) => {
    const demo = await runDemo([], (child) => child.kill(signal));
    expect(demo).toMatchObject({ code, stderr: '' });
    expect(demo.stdout).not.toContain('7. ');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('without an error when its output is closed', async () => {
    const demo = await runDemo([], (child) => child.stdout?.destroy());
    expect(demo).toMatchObject({ code: 0, stderr: '' });
  });
});
