// A model of the parts of Kubernetes and Istio that matter for the order of writes: an object gets its age when it is created,
// and a pod is governed by one Sidecar. Written from Istio's source; shares no code with src.
import { z } from 'zod';
import type { Step } from '../../src/plan/steps.ts';

type StoredObject = {
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly raw: Readonly<Record<string, unknown>>;
};

export type ModelMesh = {
  /** Carries out one step at the time of the model's clock. Throws if an API server would refuse it. */
  readonly apply: (step: Step) => void;
  /** Moves the clock forward. */
  readonly pass: (seconds: number) => void;
  /** Every live object, as an API server would return it. */
  readonly objects: () => readonly unknown[];
  /** The hosts that a pod may call; `open` if no Sidecar governs it. */
  readonly allowed: (labels: Readonly<Record<string, string>>) => ReadonlySet<string> | 'open';
};

const SidecarSpec = z.object({
  workloadSelector: z.object({ labels: z.record(z.string(), z.string()) }).optional(),
  egress: z.array(z.object({ hosts: z.array(z.string()) })),
});
const LiveObject = z.object({
  kind: z.string().optional(),
  metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});

type Candidate = {
  readonly name: string;
  readonly creationTimestamp: string;
  readonly spec: z.infer<typeof SidecarSpec>;
};

/** Those with a selector first, then the oldest, then by name. Source: istio/istio pilot/pkg/model/push_context.go. */
const precedence = ({ name, creationTimestamp, spec }: Candidate): string =>
  `${spec.workloadSelector === undefined ? '1' : '0'} ${creationTimestamp} ${name}`;

/**
 * The hosts that a pod of the namespace may call while these Sidecars and ServiceEntries exist; `open` if no Sidecar governs it. A
 * host of the namespace itself counts only while a ServiceEntry registers it.
 */
export function allowedBy(
  namespace: string,
  objects: readonly unknown[],
  labels: Readonly<Record<string, string>>,
): ReadonlySet<string> | 'open' {
  const live = objects.map((object) => LiveObject.parse(object));
  const registered = new Set(
    live
      .flatMap(({ spec }) => z.array(z.string()).safeParse(spec['hosts']).data ?? [])
      .map((host) => `${namespace}/${host}`),
  );
  const [governing] = live
    .flatMap(({ metadata, spec }): Candidate[] => {
      const parsed = SidecarSpec.safeParse(spec);
      return parsed.success ? [{ ...metadata, spec: parsed.data }] : [];
    })
    .filter(({ spec }) =>
      Object.entries(spec.workloadSelector?.labels ?? {}).every(([key, value]) => labels[key] === value),
    )
    .toSorted((a, b) => (precedence(a) < precedence(b) ? -1 : 1));
  if (governing === undefined) return 'open';
  const hosts = governing.spec.egress.flatMap((listener) => listener.hosts);
  return new Set(hosts.filter((host) => !host.startsWith(`${namespace}/`) || registered.has(host)));
}

export function modelMesh(namespace: string, start = Date.UTC(2026, 0, 1)): ModelMesh {
  const live = new Map<string, StoredObject>();
  let now = start;
  let writes = 0;
  const objects = () =>
    [...live.values()].map(({ raw, uid, creationTimestamp }) => ({
      ...raw,
      metadata: { ...(raw['metadata'] as object), uid, creationTimestamp },
    }));
  return {
    apply: (step) => {
      if (step.kind === 'delete') {
        const id = `${step.target.kind}/${step.target.name}`;
        if (live.get(id)?.uid !== step.target.uid) throw new Error(`${id}: deleted by a wrong uid`);
        live.delete(id);
        return;
      }
      const { kind, metadata } = step.manifest;
      const id = `${kind}/${metadata.name}`;
      const before = live.get(id);
      if ((before === undefined) !== (step.verb === 'create'))
        throw new Error(`${id}: cannot ${step.verb}, it ${before ? 'exists' : 'does not exist'}`);
      // An update without uid: the object was created earlier in the same plan.
      if (before !== undefined && metadata.uid !== undefined && metadata.uid !== before.uid)
        throw new Error(`${id}: updated by a wrong uid`);
      writes += 1;
      live.set(id, {
        uid: before?.uid ?? `uid-${writes}`,
        creationTimestamp: before?.creationTimestamp ?? `${new Date(now).toISOString().slice(0, 19)}Z`,
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
