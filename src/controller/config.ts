// How the controller process is to run, beside the settings of the compiler.
import type { Settings } from '../domain/settings.ts';

export type Config = {
  readonly settings: Settings;
  /** Where istiod runs and its MeshConfig is. */
  readonly istioNamespace: string;
  /** Namespaces that run at once. */
  readonly concurrency: number;
  /** Writes under way at once, over all namespaces. */
  readonly writeConcurrency: number;
  /** Port of `/healthz` and `/readyz`; 0 for one that is free. */
  readonly healthPort: number;
  /** Port of `/metrics`; 0 for one that is free. */
  readonly metricsPort: number;
};

/** Writes are cheap for us and not for the API server: its own default lets a client of ours have about this many seats. */
export const DEFAULTS = {
  istioNamespace: 'istio-system',
  concurrency: 8,
  writeConcurrency: 16,
  healthPort: 8081,
  metricsPort: 8080,
} as const;
