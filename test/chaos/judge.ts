// Judges every version of every object that etcd has stored: what each app was granted at a moment against what its pods could call.
import type { StoredVersion } from '../kits/control-plane/etcd-history.ts';
import { viewsOver, writtenIn, type Allowed } from '../support/grants-over-time.ts';
import { CALM, EDITED, grantedBy, numberOf, type App } from './apps.ts';

type Granted = { readonly revision: number; readonly number: number; readonly hosts: ReadonlySet<string> };

export type Judgement = {
  /** Each is a sentence. Empty if nothing is wrong. */
  readonly breaches: readonly string[];
  /** How many versions of generated objects were judged. */
  readonly versions: number;
};

export type History = {
  /** Of the kinds of Istio, and of EgressIntent. */
  readonly generated: readonly StoredVersion[];
  readonly intents: readonly StoredVersion[];
  /** From which revision on it is judged. */
  readonly from: number;
};

/** Hosts that every pod may call, whatever it is granted. */
const PLATFORM = /^kube-system\//;

/** `oneWriter`: no replica ever takes over from another one that runs, so no older version of an intent may come back. */
export function judge(history: History, { oneWriter }: { readonly oneWriter: boolean }): Judgement {
  const pods = EDITED.map(({ namespace, selector }) => ({ namespace, labels: selector }));
  const moments = viewsOver(history.generated, pods).filter(({ revision }) => revision > history.from);
  const breaches = EDITED.flatMap((app, index) => {
    const granted = versionsOf(app, history.intents);
    let shown = -1;
    return moments.flatMap(({ revision, view }) => {
      const allowed = view[index] ?? 'open';
      const where = `revision ${revision}, ${app.namespace}/${app.name}`;
      const found = breachesOf(allowed, granted, { revision, shown: oneWriter ? shown : -1 });
      if (allowed !== 'open') shown = Math.max(shown, numberOf(allowed));
      return found.map((breach) => `${where}: ${breach}`);
    });
  });
  const inCalm = writtenIn(history.generated, CALM, history.from).map(
    (key) => `${key} was written or deleted`,
  );
  return { breaches: [...breaches, ...inCalm], versions: moments.length };
}

const versionsOf = ({ namespace, name }: App, intents: readonly StoredVersion[]): readonly Granted[] =>
  intents.flatMap(({ revision, key, object }) => {
    if (!key.endsWith(`/${namespace}/${name}`) || object === undefined) return [];
    const hosts = grantedBy(object, namespace);
    return [{ revision, number: numberOf(hosts), hosts }];
  });

/**
 * A pod may have what any version of the intent grants from the one that its Sidecar shows up to the newest, and must have what all of them grant.
 */
function breachesOf(
  allowed: Allowed,
  granted: readonly Granted[],
  { revision, shown }: { readonly revision: number; readonly shown: number },
): readonly string[] {
  if (allowed === 'open') return ['the pod is open'];
  const number = numberOf(allowed);
  // The host of the number is registered before, and taken off after the Sidecar that lists it.
  if (number < shown && number !== -1) return [`version ${number} of the intent comes back after ${shown}`];
  const known = granted.filter((version) => version.revision <= revision);
  const since = number === -1 ? shown : number;
  const window = known.filter((version) => version.number >= since).map(({ hosts }) => hosts);
  const [first = new Set<string>()] = window;
  const any = window.reduce((all, hosts) => all.union(hosts), new Set<string>());
  const each = window.reduce((all, hosts) => all.intersection(hosts), first);
  return [
    ...[...allowed.difference(any)].filter((host) => !PLATFORM.test(host)).map((host) => `it gets ${host}`),
    ...[...each.difference(allowed)].map((host) => `it loses ${host}`),
  ];
}
