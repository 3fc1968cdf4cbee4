// Prints one plain line at the end of a run: how many tests passed, failed and were skipped. A file that cannot be
// loaded counts as one failed test.
import type { Reporter, TestModule } from 'vitest/node';

export const summaryReporter: Reporter = {
  onTestRunEnd: (modules: readonly TestModule[]) => {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const unloadable = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    process.stdout.write(
      `\n${count('passed')} passed, ${count('failed') + unloadable} failed, ${count('skipped')} skipped\n`,
    );
  },
};
