#!/usr/bin/env node
// The binary: one file for each command. Exit codes: 0 no errors, 1 errors in the input, 2 the command could not run.
import { Command, CommanderError } from 'commander';
import { controllerCommand } from './controller.ts';
import { crdCommand } from './crd.ts';
import { UnreadableError } from './documents.ts';
import type { Io } from './io.ts';
import { UsageError } from './options.ts';
import { renderCommand } from './render.ts';
import { validateCommand } from './validate.ts';
import { PROGRAM_VERSION } from './version.ts';

const io: Io = {
  stdin: process.stdin,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  exit: (code) => {
    process.exitCode = code;
  },
};

const program = new Command('egress-intent')
  .description('restrict what pods of an Istio mesh may call to what their EgressIntents list')
  .version(PROGRAM_VERSION)
  .configureHelp({ showGlobalOptions: true });

for (const command of [controllerCommand(io), renderCommand(io), validateCommand(io), crdCommand(io)]) {
  program.addCommand(command.exitOverride());
}

try {
  await program.exitOverride().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UsageError || error instanceof UnreadableError) {
    io.stderr(`egress-intent: ${error.message}\n`);
    io.exit(2);
  } else throw error;
}
