// A small mesh with intents of namespace `red`, and for each call of its pod what is right. Read from the YAML files of this folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { alias, gatewayRoute, istio, pod, service } from '../../kits/oracle/objects.ts';
import type { KubeObject } from '../../support/cluster.ts';

/** The namespace of the pod and of the intents. */
export const CALLER = 'red';

/**
 * - `same`: travels as without the intent, and a registered host answered it. The older Istio knows no exclusions: there a route may instead be
 *   told that the pod imports along with other hosts
 * - `told`: `same`, or a diagnostic of `excuses.ts` names the very object that is lost
 * - `blocked`: not callable. The older Istio knows no exclusions: there a route may open it, and a diagnostic tells
 * - `allowed`: callable; without the intent no registered host answers it
 */
const Right = z.enum(['same', 'told', 'blocked', 'allowed']);
export type Right = z.infer<typeof Right>;

export type FidelityCase = {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  /** By call, in the notation of the oracle's `objects.ts`. */
  readonly calls: Readonly<Record<string, Right>>;
  /** The namespaces of `--trusted-namespace`. */
  readonly trusted: readonly string[];
  /** Codes of diagnostics that would be a false alarm here. */
  readonly unsaid: readonly string[];
  /** Codes of diagnostics that must be there. */
  readonly said: readonly string[];
  /** Whose routing is followed beside that of the caller and the root namespace; default every namespace that an entry names. */
  readonly providers?: readonly string[];
};

/**
 * Each object is a map with one key: `Service ns/name: IP PORT:NAME...`, `Alias ns/name: HOST PORT:NAME...` for an ExternalName Service, `EgressIntent APP: ALLOW`
 * for the pods with this label, and `KIND ns/name [AGE]: SPEC` for a kind of Istio, an HTTPRoute or a TLSRoute.
 */
const Stored = z.array(
  z.strictObject({
    name: z.string(),
    trusted: z.array(z.string()).default([]),
    unsaid: z.array(z.string()).default([]),
    said: z.array(z.string()).default([]),
    providers: z.array(z.string()).optional(),
    objects: z.array(z.record(z.string(), z.unknown())),
    calls: z.record(z.string(), Right),
  }),
);

const FILES = [
  'routes.yaml',
  'registrations.yaml',
  'listeners.yaml',
  'aliases.yaml',
  'several.yaml',
  'mixtures.yaml',
  'upper-case.yaml',
  'wildcards.yaml',
  'below-wildcards.yaml',
  'ranges.yaml',
  'addresses.yaml',
  'services.yaml',
  'further-names.yaml',
  'route-listeners.yaml',
  'routed-ends.yaml',
  'udp-ends.yaml',
] as const;

/** When an Istio object is created, in seconds as the oracle's `objects.ts` counts them: `younger` after the managed objects, the others before. */
const AGES: Readonly<Record<string, number>> = {
  oldest: -31_536_000,
  older: -20_000_000,
  old: -10_000_000,
  younger: 10_000_000,
};

const Spec = z.record(z.string(), z.unknown());

function objectOf(key: string, value: unknown): KubeObject {
  const [kind = '', id = '', age = ''] = key.split(' ');
  switch (kind) {
    case 'Service': {
      const [ip = '', ...ports] = z.string().parse(value).split(' ');
      return service(id, ip, ports);
    }
    case 'Alias': {
      const [host = '', ...ports] = z.string().parse(value).split(' ');
      const named = alias(id, host);
      if (ports.length === 0) return named;
      const { ports: declared } = Spec.parse(service(id, '', ports)['spec']);
      return { ...named, spec: { ...Spec.parse(named['spec']), ports: declared } };
    }
    case 'EgressIntent':
      return intent(id, value);
    case 'TLSRoute':
    case 'HTTPRoute':
      return gatewayRoute(kind, id, Spec.parse(value), { at: AGES[age] ?? 0 });
    default:
      return istio(kind, id, Spec.parse(value), { at: AGES[age] ?? 0 });
  }
}

const intent = (app: string, allow: unknown): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: app, namespace: CALLER, uid: app, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { workloadSelector: { matchLabels: { app } }, allow },
});

/** The pod that calls. */
const caller = (): KubeObject => {
  const { metadata, ...rest } = pod(`${CALLER}/pod`, { app: 'red' });
  return { ...rest, metadata: { ...metadata, annotations: { 'sidecar.istio.io/status': '{}' } } };
};

/** Every case, in the order of the files. */
export const FIDELITY_CASES: readonly FidelityCase[] = FILES.flatMap((file) => {
  const cases = Stored.parse(parse(readFileSync(join(import.meta.dirname, file), 'utf8')));
  return cases.map(({ objects, providers, ...rest }) => ({
    ...rest,
    ...(providers === undefined ? {} : { providers }),
    objects: [
      caller(),
      ...objects.flatMap((each) => Object.entries(each).map(([key, value]) => objectOf(key, value))),
    ],
  }));
});
