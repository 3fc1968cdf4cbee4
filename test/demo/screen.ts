// Writes the demo's lines to standard output. Colours and pauses only on a terminal. Knows nothing of the story.
import { styleText } from 'node:util';

const { stdin, stdout } = process;

type Format = Parameters<typeof styleText>[0];

/** Without colours if standard output is not a terminal, or if NO_COLOR is set. */
const styled = (format: Format, text: string): string => styleText(format, text, { stream: stdout });

export const print = (text = ''): void => void stdout.write(`${text}\n`);
export const printTitle = (text: string): void => print(`\n${styled(['bold', 'cyan'], text)}`);
export const printRemark = (text: string): void => print(styled('dim', text));

/** A command as typed in a shell, with its outcome as a comment. */
export const printCommand = (command: string, outcome: string): void =>
  print(`${styled('bold', `$ ${command}`)}   ${styled('dim', `# ${outcome}`)}`);

/** Lines that begin with `+` or `-`. */
export function printChanges(lines: readonly string[]): void {
  for (const line of lines) print(styled(line.startsWith('+') ? 'green' : 'red', `  ${line}`));
}

const GOOD = new Set(['allowed', '200']);
const BAD = new Set(['blocked', '502', 'closed']);

/** Prints rows under a header, in columns of equal width. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const padded = (row: readonly string[], column: number): string =>
    column === row.length - 1 ? (row[column] ?? '') : (row[column] ?? '').padEnd(widths[column] ?? 0);
  const line = (row: readonly string[], paint: (cell: string, text: string) => string): string =>
    `  ${row.map((cell, column) => paint(cell, padded(row, column))).join('   ')}`;
  print(line(header, (_cell, text) => styled('dim', text)));
  for (const row of rows) {
    print(
      line(row, (cell, text) =>
        GOOD.has(cell) ? styled('green', text) : BAD.has(cell) ? styled('red', text) : text,
      ),
    );
  }
}

/** True if a person reads and can press a key. */
export const isInteractive = (): boolean => stdin.isTTY && stdout.isTTY;

/** Waits for Enter, then removes the prompt. Ctrl-C stays a signal: the terminal is not put into raw mode. */
export async function pause(): Promise<void> {
  if (stdin.readableEnded) return;
  stdout.write(styled('dim', '  Press Enter for the next step '));
  stdin.resume();
  const isEnter = await new Promise<boolean>((resolve) => {
    stdin.once('data', () => resolve(true));
    stdin.once('end', () => resolve(false)); // Ctrl-D: the rest plays without pauses
  });
  stdin.pause();
  stdout.write(isEnter ? '\u001B[1A\u001B[2K' : '\r\u001B[2K');
}
