// The values that pass between the hops: a snapshot of the world, what the compiler makes of it, and the plan of writes.
import type { Pod, Service } from './cluster.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Choice } from './features.ts';
import type { Intent, InvalidIntent } from './intent.ts';
import type { LiveServiceEntry, LiveSidecar, ServiceEntrySpec, SidecarSpec } from './istio.ts';
import type { Labels } from './labels.ts';
import type { Lookup } from './lookup.ts';
import type { Mesh } from './mesh.ts';
import type { AuthorizationPolicy, RequestAuthentication, Telemetry } from './policy.ts';
import type { DestinationRule, EnvoyFilter, VirtualService } from './routing.ts';
import type { SettledSettings } from './settings.ts';

/** Look-ups by name into the rest of the cluster. What is not there is known to be absent. */
export type Cluster = {
  readonly hasNamespace: (name: string) => boolean;
  readonly service: (namespace: string, name: string) => Service | undefined;
  /** Every ServiceEntry of a namespace that names the host, in order of name. */
  readonly serviceEntries: (namespace: string, host: string) => readonly LiveServiceEntry[];
  /** Everything of a namespace, in no particular order. */
  readonly contents: (namespace: string) => Contents;
  /** What else of Istio's stands in a namespace and bears on calls, in no particular order. */
  readonly configuration: (namespace: string) => Configuration;
};

export type Contents = {
  readonly services: readonly Service[];
  readonly serviceEntries: readonly LiveServiceEntry[];
};

export type Configuration = {
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly envoyFilters: readonly EnvoyFilter[];
  readonly telemetries: readonly Telemetry[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly requestAuthentications: readonly RequestAuthentication[];
};

/** One namespace and all that bears on it, at one moment. Lists are in order of name. */
export type Snapshot = {
  readonly namespace: string;
  readonly settings: SettledSettings;
  readonly mesh: Mesh;
  readonly intents: readonly Intent[];
  readonly invalid: readonly InvalidIntent[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  readonly cluster: Cluster;
};

/**
 * A set of labels that decides what a pod may call: the union of the selectors of the intents that match it. A pod is
 * governed by the largest scope among its labels.
 */
export type Scope = {
  readonly selector: Labels;
  /** `labelsKey` of the selector. */
  readonly key: string;
  /** Every intent whose selector is part of the scope's, in order of name. */
  readonly intents: readonly Intent[];
  /** Whether there is a pod that it governs. */
  readonly hasPods: boolean;
  /** Whether one of them closes what it does not list. Only a closed scope gets a Sidecar. */
  readonly closed: boolean;
};

/** A Sidecar as it should be. Its name is the plan's to choose, since Istio goes by age and then by name. */
export type DesiredSidecar = {
  readonly kind: 'Sidecar';
  readonly scope: Scope;
  readonly spec: SidecarSpec;
  /** What it lists because the mesh is configured so, in order of host. */
  readonly platform: readonly PlatformHost[];
};

/** A host that the proxies themselves must reach, as a Sidecar lists it, and who says so, for people. */
export type PlatformHost = { readonly host: string; readonly because: string };

export type DesiredServiceEntry = {
  readonly kind: 'ServiceEntry';
  readonly name: string;
  readonly spec: ServiceEntrySpec;
  /** The intents that want it, in order of name. */
  readonly intents: readonly Intent[];
};

export type Compilation = {
  readonly namespace: string;
  /** Of the scopes that are closed, most specific first. */
  readonly sidecars: readonly DesiredSidecar[];
  /** Of the scopes that only Audit intents speak for: what would be written if they enforced. Most specific first. */
  readonly audited: readonly DesiredSidecar[];
  /** In order of name. */
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** In order of intent and entry. */
  readonly diagnostics: readonly Diagnostic[];
  readonly lookups: readonly Lookup[];
  /** What was chosen by the version and the configuration of the mesh, and why. */
  readonly choices: readonly Choice[];
};

/** What an object of ours is called among all those of its namespace. */
export const objectId = (kind: string, name: string): string => `${kind}/${name}`;

/** An object that is to be written, complete but for what the API server adds. */
export type Manifest = SidecarManifest | EntryManifest;
export type SidecarManifest = ManifestOf<'Sidecar', SidecarSpec>;
export type EntryManifest = ManifestOf<'ServiceEntry', ServiceEntrySpec>;
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

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
};

/** One write. It runs only if each step that it needs has succeeded; `every` means all steps of the phases before it. */
export type Step = { readonly id: string; readonly needs: readonly string[] | 'every' } & (
  | { readonly kind: 'apply'; readonly verb: 'create' | 'update'; readonly manifest: Manifest }
  | {
      readonly kind: 'delete';
      readonly of: 'Sidecar' | 'ServiceEntry';
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    }
);

export type Apply = Extract<Step, { kind: 'apply' }>;

/** A Sidecar as it will stand once the plan is carried out. */
export type PlannedSidecar = {
  readonly name: string;
  readonly desired: DesiredSidecar;
  /** Absent for one that is yet to be created: younger than all that stand. */
  readonly live?: LiveSidecar;
};

/** An object that is left as it is although something else is wanted, and why. */
export type Withheld = {
  readonly kind: 'Sidecar' | 'ServiceEntry';
  readonly name: string;
  readonly why: { readonly kind: 'invalid-intent'; readonly intent: string } | { readonly kind: 'not-ours' };
};

export type Plan = {
  /** Steps of one phase may run at once; phases run one after the other. */
  readonly phases: readonly (readonly Step[])[];
  /** Most specific first. */
  readonly sidecars: readonly PlannedSidecar[];
  readonly withheld: readonly Withheld[];
};
