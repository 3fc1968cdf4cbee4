// The further hosts of a VirtualService for which calls get through where a listener imports it: it comes whole.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Route } from '../../domain/kinds/virtual-service.ts';
import { sortedSet } from '../../domain/order.ts';
import { appliesToPort, applicableRoutes } from '../mesh/applicable-routes.ts';
import { nameIndex, type NameIndex } from '../mesh/name-index.ts';
import { routesNaming, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { CarriedName } from './carried-names.ts';
import type { RouteLimits } from './route-limits.ts';
import { isGrantedEnd, isHttp, type ScopeCalls } from './scope-calls.ts';

/** What a listener carries, by name. */
export type CarriedByName = {
  readonly names: NameIndex<CarriedName>;
  /** For each number on which the pods have HTTP routes, the names that the listener carries over HTTP there. */
  readonly overHttp: ReadonlyMap<number, NameIndex<string>>;
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
          () => namesOverHttp(number, carried, calls.snapshot),
          (name) => name,
        ),
      ]),
    ),
  };
}

/** A host that nobody registers is granted on port 80 if a VirtualService of its namespace routes it. */
function namesOverHttp(
  number: number,
  carried: readonly CarriedName[],
  snapshot: Snapshot,
): readonly string[] {
  const isRouted = ({ name, provider }: CarriedName): boolean =>
    routesNaming(name, snapshot).some(({ virtualService }) => virtualService.namespace === provider);
  return carried
    .filter((each) =>
      each.ports.length === 0
        ? number === 80 && isRouted(each)
        : each.ports.some((port) => isHttp(port) && port.number === number),
    )
    .map(({ name }) => name);
}

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
      return isBeyond ? namesOpenedOn(number, routes, there) : [];
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
  there: NameIndex<string>,
): readonly string[] {
  if (number !== 80 && there.coveredBy(names).length === 0) return [];
  return names.filter((name) => there.related([name]).length === 0);
}

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
