// The parts of the process that a command uses, so that a test can replace them.

export type Io = {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Sets the exit code; the process ends by itself. 0: no errors, 1: errors in the input, 2: the command could not run. */
  readonly exit: (code: 0 | 1 | 2) => void;
};
