// The calls by which fidelity is judged: those of every random world, HTTP with the header and the path of a canary, calls by the name of an alias,
// and calls made directly to where a route may lead.
import { CANARY_HEADER, CANARY_PATH } from './random-routes.ts';
import { GATEWAY } from './rich-routing.ts';
import { fullName, servicePlaces, type Place } from './callable-places.ts';
import { follow } from './expectation.ts';
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
    ...(gateway === undefined ? [] : ['a.ext.com', 'partner.com', fullName('api', 'pay')]).map(
      (name): Attempt => ({ protocol: 'tls', address: gateway?.address ?? '', port: 15_443, name }),
    ),
  ];
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
