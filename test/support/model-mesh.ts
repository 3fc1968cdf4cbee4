// A model of what matters of Kubernetes and Istio for the order of writes: objects get their age when they are made, and a pod
// is governed by one Sidecar. Written from Istio's source and from no code of ours.
import { z } from 'zod';
import type { Step } from '../../src/plan/steps.ts';

type Object_ = {
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
const Standing = z.object({
  kind: z.string().optional(),
  metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});

type Candidate = {
  readonly name: string;
  readonly since: string;
  readonly spec: z.infer<typeof SidecarSpec>;
};

/** Those with a selector first, then the oldest, then by name. Source: istio/istio pilot/pkg/model/push_context.go. */
const precedence = ({ name, since, spec }: Candidate): string =>
  `${spec.workloadSelector === undefined ? '1' : '0'} ${since} ${name}`;

/**
 * The hosts that a pod of the namespace may call while these Sidecars and ServiceEntries stand; `open` when no Sidecar governs
 * it. A host of the namespace itself counts only while a ServiceEntry registers it.
 */
export function allowedBy(
  namespace: string,
  objects: readonly unknown[],
  labels: Readonly<Record<string, string>>,
): ReadonlySet<string> | 'open' {
  const standing = objects.map((object) => Standing.parse(object));
  const registered = new Set(
    standing
      .flatMap(({ spec }) => z.array(z.string()).safeParse(spec['hosts']).data ?? [])
      .map((host) => `${namespace}/${host}`),
  );
  const [first] = standing
    .flatMap(({ metadata, spec }): Candidate[] => {
      const parsed = SidecarSpec.safeParse(spec);
      return parsed.success
        ? [{ name: metadata.name, since: metadata.creationTimestamp, spec: parsed.data }]
        : [];
    })
    .filter(({ spec }) =>
      Object.entries(spec.workloadSelector?.labels ?? {}).every(([key, value]) => labels[key] === value),
    )
    .toSorted((a, b) => (precedence(a) < precedence(b) ? -1 : 1));
  if (first === undefined) return 'open';
  const hosts = first.spec.egress.flatMap((listener) => listener.hosts);
  return new Set(hosts.filter((host) => !host.startsWith(`${namespace}/`) || registered.has(host)));
}

export function modelMesh(namespace: string, start = Date.UTC(2026, 0, 1)): ModelMesh {
  const standing = new Map<string, Object_>();
  let now = start;
  let made = 0;
  const objects = () =>
    [...standing.values()].map(({ raw, uid, since }) => ({
      ...raw,
      metadata: { ...(raw['metadata'] as object), uid, creationTimestamp: since },
    }));
  return {
    apply: (step) => {
      if (step.kind === 'delete') {
        const id = `${step.target.kind}/${step.target.name}`;
        if (standing.get(id)?.uid !== step.target.uid) throw new Error(`${id}: deleted by a wrong uid`);
        standing.delete(id);
        return;
      }
      const { kind, metadata } = step.manifest;
      const id = `${kind}/${metadata.name}`;
      const before = standing.get(id);
      if ((before === undefined) !== (step.verb === 'create'))
        throw new Error(`${id}: ${step.verb} of what is not so`);
      // Without uid: of an object that was made earlier in the same plan.
      if (before !== undefined && metadata.uid !== undefined && metadata.uid !== before.uid)
        throw new Error(`${id}: updated by a wrong uid`);
      made += 1;
      standing.set(id, {
        uid: before?.uid ?? `uid-${made}`,
        since: before?.since ?? `${new Date(now).toISOString().slice(0, 19)}Z`,
        raw: step.manifest,
      });
    },
    pass: (seconds) => {
      now += seconds * 1000;
    },
    objects,
    allowed: (labels) => allowedBy(namespace, objects(), labels),
  };
}
