// What other people's configuration makes of a host that is granted.
import type { Configuration, Snapshot } from '../domain/model.ts';
import type { Finding } from './answer.ts';
import type { Destination } from './destination.ts';
import type { Registry } from './registry.ts';

export type Override = {
  readonly destination: Destination;
  /** As a Sidecar lists it: the host that is called. */
  readonly host: string;
  readonly finding: Finding;
};

/** Where to look. */
export type Sight = {
  readonly snapshot: Snapshot;
  readonly registry: Registry;
  readonly configuration: (namespace: string) => Configuration;
};
