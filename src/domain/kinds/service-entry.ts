// ServiceEntry of Istio: the spec that is written, and what is read of a live one.
import { z } from 'zod';
import type { Protocol } from '../network.ts';
import { type LiveFields, parseLiveFields } from './live-object.ts';
import type { ExportTo } from '../istio/visibility.ts';

export type ServiceEntryPort = {
  readonly number: number;
  readonly name: string;
  readonly protocol: Protocol;
};

export type ServiceEntrySpec = {
  readonly hosts: readonly [string];
  readonly addresses?: readonly [string];
  readonly exportTo: readonly ['.'];
  readonly location: 'MESH_EXTERNAL';
  readonly resolution: 'DNS' | 'DYNAMIC_DNS' | 'NONE';
  readonly ports: readonly ServiceEntryPort[];
};

export type LiveServiceEntry = LiveFields & {
  readonly kind: 'ServiceEntry';
  readonly exportTo: ExportTo;
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  /** Istio's default where nothing is written: `NONE`. */
  readonly resolution: string;
  readonly ports: readonly { readonly number: number; readonly protocol: string }[];
};

const ServiceEntryFacts = z.object({
  exportTo: z.array(z.string()).default([]),
  hosts: z.array(z.string()).default([]),
  addresses: z.array(z.string()).default([]),
  resolution: z.string().default('NONE'),
  ports: z.array(z.object({ number: z.number(), protocol: z.string().default('') })).default([]),
});

export function parseServiceEntry(raw: unknown): LiveServiceEntry | undefined {
  const live = parseLiveFields(raw);
  const facts = ServiceEntryFacts.safeParse(live?.spec);
  if (live === undefined || !facts.success) return undefined;
  return { ...live, kind: 'ServiceEntry', ...facts.data };
}
