// Hosts that only a VirtualService knows: Istio makes a virtual host on port 80 for a name that no Service or ServiceEntry registers.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers } from '../../domain/istio/egress-host.ts';
import { entriesInOrderOfAnswer } from './answering-entry.ts';
import { routesNaming } from './visible-routes.ts';

/** True if a VirtualService of the namespace has HTTP routes for the host, and no ServiceEntry of any namespace registers it for the caller. */
export const isOnlyRouted = (namespace: string, host: string, snapshot: Snapshot): boolean =>
  entriesInOrderOfAnswer(host, snapshot).length === 0 && isRoutedBy(namespace, host, snapshot);

/** True if a VirtualService of the namespace has HTTP routes for the host. */
export const isRoutedBy = (namespace: string, host: string, snapshot: Snapshot): boolean =>
  routesNaming(host, snapshot).some(
    ({ virtualService, names }) =>
      virtualService.namespace === namespace &&
      names.some((name) => covers(name, host)) &&
      virtualService.routes.some(({ protocol }) => protocol === 'http'),
  );
