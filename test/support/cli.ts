// Runs commands of the CLI in a temporary folder: in this process through the `Io` of src/cli, or as a process.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { run } from '../../src/cli/run.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type CliFolder = {
  /** Runs the command in this process. The folder's path is cut off the file names that it prints. */
  readonly cli: (args: readonly string[], stdin?: string) => Promise<Outcome>;
  /** Runs the command as a process, in the folder. */
  readonly spawnCli: (args: readonly string[], stdin?: string) => Promise<Outcome>;
  /** The absolute path of a file or folder in the folder. */
  readonly path: (name: string) => string;
  /** Writes a file into the folder and returns its absolute path. */
  readonly file: (name: string, content: string) => Promise<string>;
  readonly remove: () => Promise<void>;
};

export async function makeCliFolder(): Promise<CliFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'egress-intent-cli-'));
  const path = (name: string): string => join(folder, name);
  return {
    cli: async (args, stdin = '') => {
      const { code, stdout, stderr } = await runInProcess(args, stdin);
      return {
        code,
        stdout: stdout.replaceAll(`${folder}/`, ''),
        stderr: stderr.replaceAll(`${folder}/`, ''),
      };
    },
    spawnCli: async (args, stdin = '') => {
      const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder });
      child.stdin.end(stdin);
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((resolve) => void child.once('close', resolve)),
      ]);
      return { code, stdout, stderr };
    },
    path,
    file: async (name, content) => {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), content);
      return path(name);
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

async function runInProcess(args: readonly string[], stdin: string): Promise<Outcome> {
  let [code, stdout, stderr] = [0, '', ''];
  await run(args, {
    stdin: Readable.from([stdin]),
    stdout: (output) => void (stdout += output),
    stderr: (output) => void (stderr += output),
    exit: (wanted) => void (code = wanted),
  });
  return { code, stdout, stderr };
}

/** The kinds of the YAML documents, in their order. */
export const kindsOf = (yaml: string): readonly string[] =>
  parseAllDocuments(yaml).map((document) => (document.toJS() as { kind: string }).kind);

export const INTENT = `apiVersion: egressintent.io/v1alpha1
kind: EgressIntent
metadata: {name: web, namespace: red}
spec:
  workloadSelector: {matchLabels: {app: web}}
  allow:
  - host: www.example.com
  - service: {name: api, namespace: blue}
`;
export const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: blue}
spec: {clusterIP: 10.96.0.3, ports: [{port: 80, name: http}]}
`;
