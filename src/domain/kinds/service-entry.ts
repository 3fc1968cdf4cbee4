// ServiceEntry of Istio. Written for external hosts; read, managed or foreign, for the hosts that it registers with Istio.
import { z } from 'zod';
import type { Protocol } from '../network.ts';
import { liveFieldsOf, RawLiveObject, type LiveFields } from './live-object.ts';
import { ExportToList, spelledHosts, type ExportTo } from './metadata.ts';
import { parserOf } from './parser.ts';

export type ServiceEntryPort = {
  readonly number: number;
  readonly name: string;
  readonly protocol: Protocol;
};

/** As the controller writes it. */
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
  /** In lower case. */
  readonly hosts: readonly string[];
  /** The hosts that are written otherwise, as they are written. */
  readonly spellings: readonly string[];
  readonly addresses: readonly string[];
  /** `NONE` if the spec has none, as in Istio. */
  readonly resolution: string;
  readonly ports: readonly { readonly number: number; readonly protocol: string }[];
};

const RawServiceEntrySpec = z.object({
  exportTo: ExportToList,
  hosts: z.array(z.string()).default([]),
  addresses: z.array(z.string()).default([]),
  resolution: z.string().default('NONE'),
  ports: z.array(z.object({ number: z.number(), protocol: z.string().default('') })).default([]),
});

const RawServiceEntry = RawLiveObject.extend({ spec: RawServiceEntrySpec.prefault({}) });

export const parseServiceEntry = parserOf(RawServiceEntry, (object, _raw, checked): LiveServiceEntry => {
  const { spec } = object;
  return { ...liveFieldsOf(object, checked), kind: 'ServiceEntry', ...spec, ...spelledHosts(spec.hosts) };
});
