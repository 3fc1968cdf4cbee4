// Runs the binary from source, in a folder of its own.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Desk = {
  readonly cli: (args: readonly string[], stdin?: string) => Promise<Outcome>;
  /** Writes a file into the folder and answers its name. */
  readonly file: (name: string, content: string) => Promise<string>;
  readonly clear: () => Promise<void>;
};

/** A folder in which the binary is run. */
export async function makeDesk(): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'egress-intent-cli-'));
  return {
    cli: async (args, stdin = '') => {
      const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder });
      child.stdin.end(stdin);
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((resolve) => void child.once('close', resolve)),
      ]);
      return { code, stdout, stderr };
    },
    file: async (name, content) => {
      const path = join(folder, name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, content);
      return name;
    },
    clear: () => rm(folder, { recursive: true }),
  };
}

/** The kinds of the documents, in their order. */
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
