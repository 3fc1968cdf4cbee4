// The further hosts of a VirtualService for which calls get through where a listener imports it: it comes whole.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers } from '../../domain/istio/egress-host.ts';
import type { Route } from '../../domain/kinds/virtual-service.ts';
import { sortedSet } from '../../domain/order.ts';
import { appliesToPort, applicableRoutes } from '../mesh/applicable-routes.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import { nameIndex, type NameIndex } from '../mesh/name-index.ts';
import { isRoutedBy } from '../mesh/only-routed.ts';
import type { VisibleRoutes } from '../mesh/visible-routes.ts';
import type { CarriedName } from './carried-names.ts';
import type { RouteLimits } from './route-limits.ts';
import { isGrantedEnd, isHttp, type ScopeCalls } from './scope-calls.ts';

/** What a listener carries, by name. */
export type CarriedByName = {
  readonly names: NameIndex<CarriedName>;
  /** For each number on which the pods have HTTP routes, what the listener carries over HTTP there. */
  readonly overHttp: ReadonlyMap<number, NameIndex<CarriedName>>;
};

/** The listener of a TCP host on the same number has HTTP routes too, if another listener serves HTTP there. */
export function carriedByName(carried: readonly CarriedName[], calls: ScopeCalls): CarriedByName {
  const numbers = new Set(
    carried.flatMap(({ ports }) =>
      ports.map(({ number }) => number).filter((each) => calls.httpPorts.has(each)),
    ),
  );
  return {
    names: nameIndex(
      () => carried,
      ({ name }) => name,
    ),
    overHttp: new Map(
      [...numbers].map((number) => [
        number,
        nameIndex(
          () => carried.filter((each) => isOverHttp(each, number)),
          ({ name }) => name,
        ),
      ]),
    ),
  };
}

/** A host that nobody registers has HTTP on port 80. */
const isOverHttp = ({ ports }: CarriedName, number: number): boolean =>
  ports.length === 0
    ? number === UNREGISTERED_PORT
    : ports.some((port) => isHttp(port) && port.number === number);

/**
 * The names for which the VirtualService would let calls through that the listener does not carry, to an end that is not granted. In order, each once.
 */
export function namesOpened(
  routes: VisibleRoutes,
  carried: CarriedByName,
  { scope, calls }: RouteLimits,
): readonly string[] {
  const applicable = applicableRoutes(routes.virtualService, scope.selector, calls.snapshot);
  return sortedSet([
    ...[...carried.overHttp].flatMap(([number, there]) => {
      const port = { number, class: 'http' } as const;
      const isBeyond = applicable.some(
        (route) =>
          appliesToPort(route, port) &&
          !route.destinations.every((end) => isGrantedEnd(end, [number], calls)),
      );
      return isBeyond ? namesOpenedOn(number, routes, there, calls.snapshot) : [];
    }),
    ...serverNamesOpened(applicable, routes, carried.names, calls),
  ]);
}

/**
 * The names of a VirtualService that become callable over HTTP on a port, though no host of the listener has them there: on port 80 always, on any other
 * port if one of its names is there. Source: istio/istio pilot/pkg/networking/core/route/route.go, buildSidecarVirtualHostsForVirtualService.
 */
function namesOpenedOn(
  number: number,
  { names }: VisibleRoutes,
  there: NameIndex<CarriedName>,
  snapshot: Snapshot,
): readonly string[] {
  if (number !== UNREGISTERED_PORT && there.coveredBy(names).length === 0) return [];
  return names.filter((name) => !there.related([name]).some((each) => keepsClosed(each, name, snapshot)));
}

/**
 * True if a name of a VirtualService lets no further calls through beside what is carried. Istio ignores a wildcard above a registered host. A host that
 * nobody registers is granted as far as a VirtualService of its namespace routes it.
 */
const keepsClosed = ({ name, provider, ports }: CarriedName, opened: string, snapshot: Snapshot): boolean =>
  ports.length > 0 || (covers(name, opened) && isRoutedBy(provider, opened, snapshot));

/** Every server name of the TLS routes becomes callable on the TLS ports of the hosts that the VirtualService names. */
function serverNamesOpened(
  applicable: readonly Route[],
  { names }: VisibleRoutes,
  carried: NameIndex<CarriedName>,
  calls: ScopeCalls,
): readonly string[] {
  const ofTls = applicable.filter(({ protocol }) => protocol === 'tls');
  if (ofTls.length === 0) return [];
  const called = carried.related(names).flatMap(tlsPorts);
  return ofTls
    .filter(({ destinations }) => !destinations.every((end) => isGrantedEnd(end, called, calls)))
    .flatMap(({ sniHosts }) => sniHosts)
    .filter((name) => !carried.covering(name).some((each) => isCalledOn(called, each)));
}

/** True without such ports too: then nothing is known that the routes apply to. */
const isCalledOn = (called: readonly number[], name: CarriedName): boolean =>
  called.length === 0 || tlsPorts(name).some((port) => called.includes(port));

const tlsPorts = ({ ports }: CarriedName): readonly number[] => [
  ...new Set(ports.filter((port) => port.class !== 'http').map(({ number }) => number)),
];
