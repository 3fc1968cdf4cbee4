// How the demo writes to a terminal.
import { diff, styleText } from 'node:util';
import { stringify } from 'yaml';
import type { KubeObject } from '../support/cluster.ts';

export const print = (text = ''): void => void process.stdout.write(`${text}\n`);

export const heading = (text: string): void => print(`\n${styleText(['bold', 'cyan'], text)}`);
export const remark = (text: string): void => print(styleText('dim', text));
export const command = (text: string): void => print(styleText('bold', `$ ${text}`));

/** Rows under headings, in columns as kubectl prints them. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const [index, row] of rows.entries()) {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd();
    print(index === 0 ? styleText('dim', line) : coloured(line));
  }
}

/** Good words green, bad ones red, so that a glance is enough. */
function coloured(line: string): string {
  return line
    .replaceAll(/\b(True|open|200)\b/g, (word) => styleText('green', word))
    .replaceAll(/\b(False|closed|502|blocked)\b/g, (word) => styleText('red', word));
}

/** An object as somebody would write it: without what the API server adds. */
export function textOf({ apiVersion, kind, metadata, spec }: KubeObject): string {
  const { name, namespace } = metadata;
  return stringify({ apiVersion, kind, metadata: { name, namespace }, spec }, { lineWidth: 0 });
}

const CONTEXT = 3;

/** The texts' difference, line by line: what came is green, what went is red; what is far from both is left out. */
export function difference(before: string, after: string): void {
  const lines = diff(before.split('\n'), after.split('\n'));
  const changes = lines.flatMap(([sign], index) => (sign === 0 ? [] : [index]));
  const isNear = (index: number): boolean => changes.some((change) => Math.abs(change - index) <= CONTEXT);
  for (const [index, [sign, line]] of lines.entries()) {
    // util.diff gives -1 for a line that only the second text has.
    if (sign === -1) print(styleText('green', `+ ${line}`));
    else if (sign === 1) print(styleText('red', `- ${line}`));
    else if (isNear(index)) print(`  ${line}`);
    else if (isNear(index - 1)) remark('  ...');
  }
}
