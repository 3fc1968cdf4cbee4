// At the end of a run of tests: what the controller asked of all real API servers, as these recorded it, against its role in deploy/. A request
// that the role does not allow fails the run. So does, in a run of all tests, a right that nothing used: it is too much, or no test needs it yet.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reporter, TestModule, TestSpecification, Vitest } from 'vitest/node';
import { readAuditEvents } from '../kits/control-plane/audit.ts';
import { removeFolder, scratchFolder } from '../kits/control-plane/scratch.ts';
import { manifests, SERVICE_ACCOUNT } from '../support/deploy.ts';
import { judge, usesOf, type Use } from './judge.ts';
import { rightsOf, textOf } from './rights.ts';

/** Names the folder in which the API servers of test/kits/control-plane leave their audit logs. */
const VARIABLE = 'AUDIT_LOGS';

export function roleAudit(): Reporter {
  let vitest: Vitest | undefined;
  let isWhole = false;
  let folder = '';
  return {
    onInit: (started) => {
      vitest = started;
    },
    onTestRunStart: async (specifications) => {
      isWhole = vitest !== undefined && (await areAll(vitest, specifications));
      folder = await scratchFolder('audit');
      process.env[VARIABLE] = folder;
    },
    onTestRunEnd: async (modules) => {
      const servers = await readdir(folder);
      if (servers.length > 0 && !(await passes(folder, servers, isWhole && modules.every(isPassed))))
        process.exitCode = 1;
      await removeFolder(folder);
    },
  };
}

/** True if no file, project or test is left out. */
async function areAll(vitest: Vitest, specifications: readonly TestSpecification[]): Promise<boolean> {
  const { project, testNamePattern, shard } = vitest.config;
  if (project.length > 0 || testNamePattern !== undefined || shard !== undefined) return false;
  return specifications.length === (await vitest.globTestSpecifications()).length;
}

const isPassed = (module: TestModule): boolean =>
  module.state() === 'passed' &&
  [...module.children.allTests()].every((test) => test.result().state === 'passed');

/** Prints the verdict. `isWhole`: every test has passed, so that a right that nobody used is a problem. */
async function passes(folder: string, servers: readonly string[], isWhole: boolean): Promise<boolean> {
  const uses: Use[] = [];
  for (const server of servers) uses.push(...usesOf(await readAuditEvents(join(folder, server))));
  const rights = rightsOf(await manifests());
  const { problems, requests, used, unused } = judge(rights, SERVICE_ACCOUNT.name, uses);
  const found = isWhole
    ? [...problems, ...unused.map((right) => `No test uses the right to ${textOf(right)}.`)]
    : problems;
  process.stdout.write(
    `\nRole of the controller: ${requests} requests to ${servers.length} real API servers used ${used.length} of its ${rights.length} rights` +
      `${isWhole ? '' : '; not all tests were run and passed, so the others are not judged'}\n`,
  );
  for (const problem of found) process.stdout.write(`ROLE: ${problem}\n`);
  return found.length === 0;
}
