#!/usr/bin/env node
// The binary: hands the process's streams, arguments and exit code to run.ts.
import { run } from './run.ts';

/** The reader has what it wants, as in `egress-intent render . | head`. The exit code stays what the command has set. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  exit: (code) => {
    process.exitCode = code;
  },
});
