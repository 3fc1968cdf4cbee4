// What a scope cannot be given although it is granted, since one Sidecar cannot say it beside the rest.
import type { LossReason } from '../domain/diagnostic.ts';
import type { Destination } from './destination.ts';

/** A port of a host that cannot be had in this scope, and why. */
export type Loss = {
  readonly destination: Destination;
  /** `namespace/host` of the host itself, where the destination is a pattern. */
  readonly host: string;
  readonly port: number;
  readonly because: LossReason;
};
