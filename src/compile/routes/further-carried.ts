// Further names of the Services that a listener carries, if there are VirtualServices for these names.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { furtherRoutes, UNREGISTERED_PORT } from '../mesh/further-names.ts';
import type { VisibleRoutes } from '../mesh/visible-routes.ts';
import type { CarriedName } from './carried-names.ts';
import { isHttp } from './scope-calls.ts';

/** A further name with a VirtualService for it: one for each of both. */
export type CarriedFurther = CarriedName & { readonly routes: VisibleRoutes };

/** They are called on the port of hosts that nobody registers, if the listener serves HTTP there. */
export const carriedFurther = (
  carried: readonly CarriedName[],
  snapshot: Snapshot,
): readonly CarriedFurther[] =>
  carried.flatMap((name) => {
    const ports = name.ports.filter((port) => port.number === UNREGISTERED_PORT && isHttp(port));
    if (ports.length === 0) return [];
    return furtherRoutes(name.name, snapshot).map((further) => ({ ...name, ...further, ports }));
  });
