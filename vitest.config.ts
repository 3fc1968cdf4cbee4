import { defineConfig } from 'vitest/config';
import { roleAudit } from './test/role-audit/reporter.ts';
import { summaryReporter } from './test/support/summary-reporter.ts';

// Three projects. `unit` needs nothing but Node: test/unit, test/golden, test/kits/fault-proxy. `real` needs the
// binaries of test/kits/control-plane or test/kits/oracle. `mesh` needs Envoy, Linux and root, and runs last and one
// file at a time, since it uses the machine's network and most of its processor.
const REAL = [
  'test/kits/control-plane/**/*.test.ts',
  'test/kits/api-server/**/*.test.ts',
  'test/kits/oracle/**/*.test.ts',
  'test/integration/**/*.test.ts',
  'test/istio/**/*.test.ts',
  'test/proof/**/*.test.ts',
];
const MESH = ['test/e2e/**/*.test.ts', 'test/kits/mesh/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', roleAudit(), summaryReporter],
    maxWorkers: '100%', // most files mainly wait for child processes
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...REAL, ...MESH],
          testTimeout: 30_000, // in `npm test` they run at the same time as `real`
        },
      },
      {
        test: {
          name: 'real',
          include: REAL,
          testTimeout: 60_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'mesh',
          include: MESH,
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
