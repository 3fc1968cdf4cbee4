// What a pod of a random world may call by the documented rules of the product: which intents select it, whether they restrict it, and
// which port of which host each entry grants. Written from the intents alone; it must not use the compiler.
import { z } from 'zod';
import {
  serviceEntryPlaces,
  fullName,
  isVisible,
  outsidePlace,
  servicePlaces,
  type Place,
} from './callable-places.ts';
import { SHOP, UNNAMEABLE_HOSTS, type Labels, type WorldSpec } from './world-spec.ts';

/** The entry that grants: indices into `intents` of the world and `allow` of the intent; -1 for a platform host. */
export type Source = { readonly intent: number; readonly entry: number };
export type Grant = Source &
  (
    | { readonly kind: 'place'; readonly place: Place }
    | { readonly kind: 'range'; readonly range: string; readonly port: number }
  );

export type Expectation = {
  /** True if an intent in mode Enforce selects the pod. Any other pod may call anything. */
  readonly restricted: boolean;
  /** The intents that select the pod, as indices into `intents` of the world. */
  readonly intents: readonly number[];
  /** The union of the selectors of these intents: the scope of the pod's Sidecar. */
  readonly scope: Labels;
  readonly grants: readonly Grant[];
};

const matches = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

export function expectationOf(labels: Labels, world: WorldSpec): Expectation {
  const intents = world.intents.flatMap(({ selector }, index) => (matches(selector, labels) ? [index] : []));
  return {
    restricted: intents.some((index) => world.intents[index]?.mode === 'Enforce'),
    intents,
    scope: Object.assign({}, ...intents.map((index) => world.intents[index]?.selector ?? {})) as Labels,
    grants: [
      ...servicePlaces(world)
        .filter(({ namespace }) => namespace === 'kube-system' && world.dnsAllowed)
        .map((place): Grant => ({ intent: -1, entry: -1, kind: 'place', place })),
      ...intents.flatMap((intent) =>
        (world.intents[intent]?.allow ?? []).flatMap((raw, entry) => grantsOf(raw, { intent, entry }, world)),
      ),
    ],
  };
}

const Entry = z.object({
  namespace: z.object({ name: z.string() }).optional(),
  service: z.object({ name: z.string(), namespace: z.string().default(SHOP) }).optional(),
  host: z.string().optional(),
  serviceEntry: z.object({ host: z.string(), namespace: z.string().default(SHOP) }).optional(),
  cidr: z.string().optional(),
  ports: z.array(z.object({ port: z.number(), protocol: z.string().optional() })).optional(),
});
type Entry = z.infer<typeof Entry>;

function grantsOf(raw: unknown, source: Source, world: WorldSpec): readonly Grant[] {
  const entry = Entry.parse(raw);
  if (entry.cidr !== undefined) {
    const { cidr: range } = entry;
    return (entry.ports ?? []).map(({ port }) => ({ ...source, kind: 'range', range, port }));
  }
  const places = placesOf(entry, world);
  const limits = entry.host === undefined ? entry.ports?.map(({ port }) => port) : undefined;
  return places
    .filter(({ port }) => limits?.includes(port) ?? true)
    .map((place) => ({ ...source, kind: 'place', place }));
}

function placesOf(
  { namespace, service, host, serviceEntry, ports }: Entry,
  world: WorldSpec,
): readonly Place[] {
  const visible = [...servicePlaces(world), ...serviceEntryPlaces(world)];
  if (namespace) {
    /** Listed by a wildcard for the namespace; otherwise the Sidecar must name each host, and a diagnostic names those that it may not. */
    const isWholeOther = namespace.name !== SHOP && ports === undefined;
    const ends = new Set(aliasesOf(namespace.name, world).map((alias) => follow(alias, world)));
    return [
      ...visible.filter(
        (place) => place.namespace === namespace.name && (isWholeOther || !isUnnameable(place.host)),
      ),
      ...servicePlaces(world).filter((place) => ends.has(place.host)),
    ];
  }
  if (service) {
    const target = follow(fullName(service.name, service.namespace), world);
    return servicePlaces(world).filter((place) => place.host === target);
  }
  if (serviceEntry) {
    return serviceEntryPlaces(world).filter(
      (place) => place.host === serviceEntry.host && place.namespace === serviceEntry.namespace,
    );
  }
  return (ports ?? [{ port: 443, protocol: 'TLS' }]).map(({ port, protocol = 'TLS' }) =>
    outsidePlace(host ?? '', port, protocol, world.dnsCapture),
  );
}

const isUnnameable = (host: string): boolean => UNNAMEABLE_HOSTS.some((each) => each === host);

/** The full names of the ExternalName Services of a namespace that namespace shop can see. */
export const aliasesOf = (namespace: string, world: WorldSpec): readonly string[] =>
  world.services
    .filter(
      (service) =>
        service.kind === 'external-name' &&
        service.namespace === namespace &&
        isVisible(service.exportTo === '' ? [] : [service.exportTo], namespace, world),
    )
    .map(({ name }) => fullName(name, namespace));

/** The host at the end of a chain of ExternalName Services. */
export function follow(host: string, world: WorldSpec, steps = 8): string {
  const alias = world.services.find(
    ({ kind, name, namespace }) => kind === 'external-name' && fullName(name, namespace) === host,
  );
  return alias === undefined || steps === 0 ? host : follow(alias.externalName, world, steps - 1);
}
