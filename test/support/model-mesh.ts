// A model of what matters of Kubernetes and Istio for the order of writes: objects get their age when they are made, and a pod
// is governed by one Sidecar. Written from Istio's source and from no code of ours.
import { z } from 'zod';
import type { Step } from '../../src/domain/model.ts';

type Object_ = {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly since: string;
  readonly raw: Readonly<Record<string, unknown>>;
};

export type ModelMesh = {
  /** Carries out one step at the model's clock, and returns what stands then. */
  readonly apply: (step: Step) => void;
  readonly pass: (seconds: number) => void;
  /** Everything that stands, as an API server would give it. */
  readonly objects: () => readonly unknown[];
  /** The hosts that a pod may call; `open` when no Sidecar governs it. */
  readonly allowed: (labels: Readonly<Record<string, string>>) => ReadonlySet<string> | 'open';
};

const SidecarSpec = z.object({
  workloadSelector: z.object({ labels: z.record(z.string(), z.string()) }).optional(),
  egress: z.array(z.object({ hosts: z.array(z.string()) })),
});
const EntrySpec = z.object({ hosts: z.array(z.string()) });

const rank = (spec: z.infer<typeof SidecarSpec>) => (spec.workloadSelector === undefined ? '1' : '0');

export function modelMesh(namespace: string, start = Date.UTC(2026, 0, 1)): ModelMesh {
  const standing = new Map<string, Object_>();
  let now = start;
  let made = 0;

  const sidecars = () =>
    [...standing.values()]
      .filter(({ kind }) => kind === 'Sidecar')
      .map(({ name, since, raw }) => ({ name, since, spec: SidecarSpec.parse(raw['spec']) }));
  const registered = () =>
    new Set(
      [...standing.values()]
        .filter(({ kind }) => kind === 'ServiceEntry')
        .flatMap(({ raw }) => EntrySpec.parse(raw['spec']).hosts.map((host) => `${namespace}/${host}`)),
    );

  return {
    apply: (step) => {
      if (step.kind === 'delete') {
        const id = `${step.of}/${step.name}`;
        if (standing.get(id)?.uid !== step.uid) throw new Error(`${id}: deleted by a wrong uid`);
        standing.delete(id);
        return;
      }
      const { kind, metadata } = step.manifest;
      const id = `${kind}/${metadata.name}`;
      const before = standing.get(id);
      if ((before === undefined) !== (step.verb === 'create'))
        throw new Error(`${id}: ${step.verb} of what is not so`);
      if (before !== undefined && metadata.uid !== before.uid)
        throw new Error(`${id}: updated by a wrong uid`);
      made += 1;
      standing.set(id, {
        kind,
        name: metadata.name,
        uid: before?.uid ?? `uid-${made}`,
        since: before?.since ?? `${new Date(now).toISOString().slice(0, 19)}Z`,
        raw: step.manifest,
      });
    },
    pass: (seconds) => {
      now += seconds * 1000;
    },
    objects: () =>
      [...standing.values()].map(({ raw, uid, since }) => ({
        ...raw,
        metadata: { ...(raw['metadata'] as object), uid, creationTimestamp: since },
      })),
    allowed: (labels) => {
      const matching = sidecars().filter(({ spec }) =>
        Object.entries(spec.workloadSelector?.labels ?? {}).every(([key, value]) => labels[key] === value),
      );
      const key = (one: (typeof matching)[number]) => `${rank(one.spec)} ${one.since} ${one.name}`;
      const [first] = matching.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
      if (first === undefined) return 'open';
      const hosts = first.spec.egress.flatMap((listener) => listener.hosts);
      const known = registered();
      // A host of our own namespace means something only while its ServiceEntry stands.
      return new Set(hosts.filter((host) => !host.startsWith(`${namespace}/`) || known.has(host)));
    },
  };
}
