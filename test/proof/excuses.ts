// Which diagnostics excuse that a granted call travels otherwise than before. A diagnostic excuses only what it names: without the very object that
// it names, the call must travel as it does now.
import { DIAGNOSTICS, type Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import { covers } from '../../src/domain/istio/egress-host.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import { ABOUT_OTHERS } from './followed.ts';

/**
 * `registration`: our own registration of the host that the diagnostic names answers; the call must travel as if there were no other, and no
 * wildcard above it.
 * `address`: the call is made at an address that the host does not have, and the diagnostic names the host and its port.
 * `protocol`: the call is TLS, and the diagnostic says that the host and its port are called as plain TCP.
 * `imported`: the VirtualService that the diagnostic names is not followed, but the pods import it along with other hosts; the call must travel as
 * if it were followed.
 * `object`: the VirtualService or ServiceEntry that the diagnostic names is not followed; the call must travel as if that object were not there.
 * `end`: the call goes where it went, but the destination that the diagnostic names has no cluster.
 */
export type ExcuseKind = 'registration' | 'address' | 'protocol' | 'object' | 'imported' | 'end';

/** By code. A code that is not here excuses nothing. */
export const EXCUSES: ReadonlyMap<string, ExcuseKind> = new Map([
  ['RouteNotFollowed', 'object'],
  ['RegistrationReplaced', 'registration'],
  ['HttpAtAddressOnly', 'address'],
  ['TlsCalledAsTcp', 'protocol'],
  ['RouteEndReplaced', 'registration'],
  ['RegistrationNotFollowed', 'object'],
  ['CidrTakesHost', 'object'],
  ['HostAlsoRegistered', 'object'],
  ['RouteImportedAlong', 'imported'],
  ['RouteEndUnreachable', 'end'],
  ['RouteDisplacesHost', 'end'],
]);

export type Excuse = {
  readonly code: string;
  readonly kind: ExcuseKind;
  /** `namespace/name` of the object, the host, or `host:port` of the end or the address. */
  readonly about: string;
  /** The ServiceEntry that is replaced, `namespace/name`. */
  readonly serviceEntry?: string | undefined;
};

/** What these diagnostics excuse; they should be about the entries that grant the call. `canExclude`: whether the Sidecar may exclude hosts. */
export function excusesIn(
  diagnostics: readonly Diagnostic[],
  { canExclude = true }: { readonly canExclude?: boolean } = {},
): readonly Excuse[] {
  return diagnostics.flatMap((diagnostic): Excuse[] => {
    const kind = Object.hasOwn(DIAGNOSTICS, diagnostic.code) ? EXCUSES.get(diagnostic.code) : undefined;
    if (kind === undefined || !isForced(diagnostic, canExclude)) return [];
    const field = (name: string): string[] => {
      const value: unknown = Object.entries(diagnostic).find(([key]) => key === name)?.[1];
      return typeof value === 'string' ? [value] : [];
    };
    const about =
      kind === 'end'
        ? [
            ...field('destination'),
            ...field('target'),
            ...field('host').map((host) => host.split('/')[1] ?? ''),
          ]
        : kind === 'registration'
          ? diagnostic.code === 'RouteEndReplaced'
            ? field('destination').map((end) => end.split(':')[0] ?? '')
            : [...field('host'), ...field('wildcard')]
          : (kind === 'address' || kind === 'protocol') && 'host' in diagnostic && 'port' in diagnostic
            ? [`${diagnostic.host.split('/')[1] ?? ''}:${diagnostic.port}`]
            : [...field('route').map((title) => title.split(' ')[1] ?? ''), ...field('serviceEntry')];
    const [serviceEntry] = field('serviceEntry');
    return about.map((name) => ({ code: diagnostic.code, kind, about: name, serviceEntry }));
  });
}

/**
 * False for reasons that cannot hold for an object which is followed: that its owner is a stranger, or that it lacks a port, where it lacks none.
 * A stranger's object is not in the mesh with which calls are compared, so that nothing about it needs an excuse. A host of a granted namespace stays in where
 * it cannot be excluded.
 */
function isForced(diagnostic: Diagnostic, canExclude: boolean): boolean {
  if (diagnostic.code === 'RouteNotFollowed') return diagnostic.reason !== 'untrusted';
  if (diagnostic.code === 'RegistrationReplaced')
    return (
      diagnostic.ports.length > 0 ||
      diagnostic.broughtInBy !== undefined ||
      (!canExclude && diagnostic.usedInstead !== undefined)
    );
  return true;
}

/** The objects that are followed, without those and with those of all that the excuses name: every registration of a replaced host, or that which is named. */
export function excusedObjects(
  followed: readonly KubeObject[],
  all: readonly KubeObject[],
  excuses: readonly Excuse[],
  registrations: 'every' | 'named',
): readonly KubeObject[] {
  const named = (wanted: ExcuseKind): ReadonlySet<string> =>
    new Set(excuses.flatMap(({ kind, about }) => (kind === wanted ? [about] : [])));
  const [lost, imported, kept] = [named('object'), named('imported'), new Set(followed)];
  const replaced = registrations === 'every' ? named('registration') : new Set<string>();
  const replacedObjects = new Set(
    excuses.flatMap(({ kind, serviceEntry }) =>
      kind === 'registration' && registrations === 'named' && serviceEntry !== undefined
        ? [serviceEntry]
        : [],
    ),
  );
  const isLeft = (object: KubeObject): boolean => {
    const isNamed = (names: ReadonlySet<string>): boolean =>
      ABOUT_OTHERS.has(object.kind) &&
      names.has(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
    return (kept.has(object) && !isNamed(lost) && !isNamed(replacedObjects)) || isNamed(imported);
  };
  return all.filter(isLeft).flatMap((object) => withoutHosts(object, replaced));
}

/** The objects that are followed, without routes, and the routes that the excuses name as imported. */
export const importedAlone = (
  followed: readonly KubeObject[],
  all: readonly KubeObject[],
  excuses: readonly Excuse[],
): readonly KubeObject[] => {
  const [imported, kept] = [new Set(excuses.map(({ about }) => about)), new Set(followed)];
  return all.filter((object) => {
    if (!ABOUT_OTHERS.has(object.kind) || object.kind === 'ServiceEntry') return kept.has(object);
    return imported.has(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  });
};

/** A ServiceEntry keeps its other hosts. */
function withoutHosts(object: KubeObject, replaced: ReadonlySet<string>): readonly KubeObject[] {
  if (object.kind !== 'ServiceEntry') return [object];
  const spec = object['spec'] as { readonly hosts?: readonly string[] | null };
  const registered = spec.hosts ?? [];
  const hosts = registered.filter((host) => ![...replaced].some((each) => covers(host, each)));
  if (hosts.length === registered.length) return [object];
  return hosts.length === 0 ? [] : [{ ...object, spec: { ...spec, hosts } }];
}

/**
 * True if the call goes to the same destinations with the same shares, except that those which the excuses name do not exist, so that their share
 * fails.
 */
export function isExcusedEnd(before: ProbeResult, after: ProbeResult, excuses: readonly Excuse[]): boolean {
  const ends = new Set(excuses.flatMap(({ kind, about }) => (kind === 'end' ? [about] : [])));
  const isNamed = (cluster: string): boolean => {
    const [, port = '', , host = ''] = cluster.split('|');
    return ends.has(`${host}:${port}`) || ends.has(host);
  };
  const hosts = new Set([...ends].map((end) => end.split(':')[0]));
  // Without its Service, istiod takes the port of the call for that of an end without one.
  const isOnOtherPort = (cluster: string): boolean => hosts.has(cluster.split('|')[3]);
  // Another registration of its name answers.
  const displaced = new Set(
    excuses.flatMap(({ code, about }) => (code === 'RouteDisplacesHost' ? [about] : [])),
  );
  const [was, is] = [before.detail?.clusters ?? {}, after.detail?.clusters ?? {}];
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return (
    ends.size > 0 &&
    before.detail?.route === after.detail?.route &&
    [...names].every(
      (name) =>
        was[name] === is[name] ||
        was[name] === 'missing' ||
        (is[name] === 'missing' && (was[name] === undefined ? isOnOtherPort(name) : isNamed(name))) ||
        (is[name] === undefined && isNamed(name)) ||
        displaced.has(name.split('|')[3] ?? ''),
    )
  );
}
