// The objects that we generate: their kinds, how they are written, and how one is referred to.
import type { Labels } from '../labels.ts';
import type { LiveServiceEntry, ServiceEntrySpec } from './service-entry.ts';
import type { LiveSidecar, SidecarSpec } from './sidecar.ts';

/** Every kind of object that is generated. */
export const GENERATED_KINDS = ['Sidecar', 'ServiceEntry'] as const;
export type GeneratedKind = (typeof GENERATED_KINDS)[number];

/** Identifies a generated object within its namespace. */
export const objectId = (kind: GeneratedKind, name: string): string => `${kind}/${name}`;

/** An object to write, complete except for what the API server adds. */
export type Manifest = SidecarManifest | ServiceEntryManifest;

export type SidecarManifest = ManifestOf<'Sidecar', SidecarSpec>;

export type ServiceEntryManifest = ManifestOf<'ServiceEntry', ServiceEntrySpec>;

type ManifestOf<K extends GeneratedKind, S> = {
  readonly apiVersion: string;
  readonly kind: K;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Labels;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Present for an update: the uid of the live object. The write fails if another object has taken its name. */
    readonly uid?: string;
    /** The version of the live object, which is set where it is written: the write fails if anybody has changed it since. */
    readonly resourceVersion?: string;
  };
  readonly spec: S;
};

/** A live object of a generated kind, managed or foreign. */
export type LiveObject = LiveSidecar | LiveServiceEntry;

/** Refers to a live object by its uid: an object that has taken its name is a different one. */
export type ObjectReference = {
  readonly kind: GeneratedKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

export const ISTIO_API_VERSION = 'networking.istio.io/v1';
