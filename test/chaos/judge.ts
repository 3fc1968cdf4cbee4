// Judges every version of every object that etcd has stored: what each app was granted at a moment against what its pods could call.
import type { StoredVersion } from '../kits/control-plane/etcd-history.ts';
import { viewsOver, writtenIn, type Allowed } from '../support/grants-over-time.ts';
import { CALM, EDITED, grantedBy, numberOf, type App } from './apps.ts';

/** A version of an intent. */
type Granted = {
  readonly revision: number;
  readonly number: number;
  readonly hosts: ReadonlySet<string>;
};

export type Judgement = {
  /** Each is a sentence. Empty if nothing is wrong. */
  readonly breaches: readonly string[];
  /** Each older version of an intent that came back, which is a breach too unless several replicas write. */
  readonly takenBack: readonly string[];
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
  const takenBack: string[] = [];
  const breaches = EDITED.flatMap((app, pod) => {
    const granted = versionsOf(app, history.intents);
    let shown = 0;
    return moments.flatMap(({ revision, view }) => {
      const allowed = view[pod] ?? 'open';
      if (allowed === 'open') return [`${where(revision, app)}: it is open`];
      // The host of the version is registered before the Sidecar lists it, and taken off after it lists the next one.
      const now = granted.findIndex(({ number }) => number === numberOf(allowed));
      const window = granted.slice(Math.max(0, now === -1 ? shown : now)).filter(within(revision));
      const found = breachesOf(allowed, window);
      if (now !== -1 && now < shown)
        takenBack.push(`${where(revision, app)}: version ${now} comes back after ${shown}`);
      shown = Math.max(shown, now);
      return found.map((breach) => `${where(revision, app)}: ${breach}`);
    });
  });
  const inCalm = writtenIn(history.generated, CALM, history.from).map(
    (key) => `${key} was written or deleted`,
  );
  return {
    breaches: [...breaches, ...(oneWriter ? takenBack : []), ...inCalm],
    takenBack,
    versions: moments.length,
  };
}

const where = (revision: number, { namespace, name }: App): string =>
  `revision ${revision}, ${namespace}/${name}`;

const within =
  (last: number) =>
  ({ revision }: Granted): boolean =>
    revision <= last;

/** In the order in which they were stored. */
const versionsOf = ({ namespace, name }: App, intents: readonly StoredVersion[]): readonly Granted[] => {
  const versions = intents.flatMap(({ revision, key, object }) => {
    if (!key.endsWith(`/${namespace}/${name}`) || object === undefined) return [];
    const hosts = grantedBy(object, namespace);
    return [{ revision, number: numberOf(hosts), hosts }];
  });
  // A new status is a version too.
  return versions.filter(({ number }, index) => number !== versions[index - 1]?.number);
};

/**
 * A pod may have what any version of the intent grants from the one that its Sidecar shows up to the newest, and must have what all of them grant.
 */
function breachesOf(allowed: Exclude<Allowed, 'open'>, window: readonly Granted[]): readonly string[] {
  const hosts = window.map((version) => version.hosts);
  const any = hosts.reduce((all, each) => all.union(each), new Set<string>());
  const every = hosts.slice(1).reduce((all, each) => all.intersection(each), hosts[0] ?? new Set());
  return [
    ...[...allowed.difference(any)].filter((host) => !PLATFORM.test(host)).map((host) => `it gets ${host}`),
    ...[...every.difference(allowed)].map((host) => `it loses ${host}`),
  ];
}
