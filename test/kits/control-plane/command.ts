// Runs a command and waits for its end.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** `code` is the exit code, or -1 if a signal ended the command. */
export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };
export type CommandOptions = {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Returns what the command printed, whatever its exit code. Rejects if it cannot be started. */
export async function run(
  command: string,
  args: readonly string[],
  { stdin = '', cwd, env = {} }: CommandOptions = {},
): Promise<Outcome> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  child.stdin.on('error', () => undefined); // a command may end without reading its input
  child.stdin.end(stdin);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Returns the standard output. Throws with the command's error output if the exit code is not 0. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code}\n${stderr || stdout}`);
  return stdout;
}

/**
 * The options as arguments, in the order of the record: `{ retry: '3', silent: true }` gives `--retry 3 --silent`.
 * `undefined` and `false` leave an option out.
 */
export function flags(
  record: Readonly<Record<string, string | boolean | undefined>>,
  dash: '-' | '--' = '--',
): readonly string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`${dash}${name}`] : [`${dash}${name}`, value];
  });
}
