// A generated object as it is written.
import type { SidecarSpec } from './sidecar.ts';
import type { ServiceEntrySpec } from './service-entry.ts';
import type { Labels } from '../labels.ts';

/** What an object of ours is called among all those of its namespace. */
export const objectId = (kind: string, name: string): string => `${kind}/${name}`;

/** An object that is to be written, complete but for what the API server adds. */
export type Manifest = SidecarManifest | ServiceEntryManifest;

export type SidecarManifest = ManifestOf<'Sidecar', SidecarSpec>;

export type ServiceEntryManifest = ManifestOf<'ServiceEntry', ServiceEntrySpec>;

type ManifestOf<K extends string, S> = {
  readonly apiVersion: string;
  readonly kind: K;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Labels;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    /** Of the live object that is meant, so that an object which took its name is left alone. */
    readonly uid?: string;
  };
  readonly spec: S;
};

/** A generated object that exists, by its uid: another object of the same name is not meant. */
export type ObjectReference = {
  readonly kind: Manifest['kind'];
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
};

export const ISTIO_API_VERSION = 'networking.istio.io/v1';
