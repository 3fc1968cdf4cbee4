#!/usr/bin/env node
// The binary: hands the process's streams, arguments and exit code to run.ts.
import { run } from './run.ts';

await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  exit: (code) => {
    process.exitCode = code;
  },
});
