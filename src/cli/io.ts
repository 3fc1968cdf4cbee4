// What a command may touch of the process, so that a test can hold the other end.

export type Io = {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Sets the exit code; the process ends by itself. 0 clean, 1 findings, 2 could not work. */
  readonly exit: (code: 0 | 1 | 2) => void;
};
