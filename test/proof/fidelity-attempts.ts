// The calls by which fidelity is judged: those of every random world, HTTP with the header and the path of a canary, calls by the name of an alias, calls
// to a host below a granted wildcard in the protocol of that, and calls made directly to where a route may lead.
import { isBelowWildcard } from './naming-grants.ts';
import { CANARY_HEADER, CANARY_PATH } from './random-routes.ts';
import { GATEWAY } from './rich-routing.ts';
import { fullName, serviceEntryPlaces, servicePlaces, type Place } from './callable-places.ts';
import { expectationOf, follow } from './expectation.ts';
import { attemptsIn, clientAttempts, type Attempt } from './probes.ts';
import type { WorldSpec } from './world-spec.ts';

export function fidelityAttempts(world: WorldSpec): readonly Attempt[] {
  const attempts = attemptsIn(world);
  const gateway = servicePlaces(world).find(({ host }) => host === GATEWAY.host);
  return [
    ...attempts,
    ...attempts
      .filter(({ place, protocol }) => place !== undefined && protocol === 'http')
      .flatMap((attempt): Attempt[] => [
        { ...attempt, headers: CANARY_HEADER },
        { ...attempt, path: CANARY_PATH },
      ]),
    ...aliasPlaces(world).flatMap(clientAttempts),
    ...placesAsTheirWildcard(world).flatMap(clientAttempts),
    ...(gateway === undefined ? [] : ['a.ext.com', 'partner.com', fullName('api', 'pay')]).map(
      (name): Attempt => ({ protocol: 'tls', address: gateway?.address ?? '', port: 15_443, name }),
    ),
  ];
}

/** Each port of a host below a granted wildcard that has it with another protocol: clients of the wildcard call it in theirs. */
function placesAsTheirWildcard(world: WorldSpec): readonly Place[] {
  const wildcards = world.pods
    .flatMap((labels) => expectationOf(labels, world).grants)
    .flatMap((grant) => (grant.kind === 'place' && grant.place.host.startsWith('*.') ? [grant.place] : []));
  return serviceEntryPlaces(world).flatMap((place) =>
    wildcards
      .filter((wildcard) => isBelowWildcard(place, wildcard) && wildcard.class !== place.class)
      .map((wildcard) => ({ ...place, class: wildcard.class })),
  );
}

/** Each port of a Service under the name of an ExternalName Service that leads to it. */
export const aliasPlaces = (world: WorldSpec): readonly Place[] =>
  world.services
    .filter(({ kind }) => kind === 'external-name')
    .flatMap(({ name, namespace }) => {
      const alias = fullName(name, namespace);
      const end = follow(alias, world);
      return servicePlaces(world)
        .filter(({ host }) => host === end)
        .map((place) => ({ ...place, name: alias }));
    });
