// Runs one command line and sets the exit code: 0 no errors, 1 errors in the input, 2 the command could not run.
// Knows the process only through `Io`.
import { Command, CommanderError } from 'commander';
import { controllerCommand } from './controller.ts';
import { crdCommand } from './crd.ts';
import { UnreadableError } from './input/files.ts';
import type { Io } from './io.ts';
import { EXAMPLE, EXIT_CODES, UsageError } from './options.ts';
import { escapedLine } from '../domain/text.ts';
import { renderCommand } from './render.ts';
import { validateCommand } from './validate.ts';
import { PROGRAM_VERSION } from './version.ts';

/** `args` are the words after the program's name. Rejects only on a bug. */
export async function run(args: readonly string[], io: Io): Promise<void> {
  const output = { writeOut: io.stdout, writeErr: (text: string) => io.stderr(safeLines(text)) };
  const program = new Command('egress-intent')
    .description('restrict what pods of an Istio mesh may call to what their EgressIntents list')
    .version(PROGRAM_VERSION)
    .addHelpText('after', `\n${EXIT_CODES}\n\n${EXAMPLE}`)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput(output)
    .exitOverride();
  for (const command of [controllerCommand(io), renderCommand(io), validateCommand(io), crdCommand(io)]) {
    program.addCommand(command.configureOutput(output).exitOverride());
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) io.exit(error.exitCode === 0 ? 0 : 2);
    else if (error instanceof UsageError || error instanceof UnreadableError) {
      io.stderr(safeLines(`egress-intent: ${error.message}\n`));
      io.exit(2);
    } else throw error;
  }
}

/** The texts of Commander repeat what was typed, and those of the system name files. */
const safeLines = (text: string): string => text.split('\n').map(escapedLine).join('\n');
