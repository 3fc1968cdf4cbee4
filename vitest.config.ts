import { defineConfig } from 'vitest/config';
import { summaryReporter } from './test/support/summary-reporter.ts';

// Three kinds of tests, told by their folder: those that need nothing, those that need the real control plane, and
// those that need a mesh with Envoy, which own the machine while they run.
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
    reporters: ['default', summaryReporter],
    maxWorkers: '100%', // most files wait for processes of their own
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...REAL, ...MESH],
          testTimeout: 30_000, // they share the machine with the real parts
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
