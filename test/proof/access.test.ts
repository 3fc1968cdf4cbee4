// In random worlds mayCall answers as the intents say: whether a pod may call a host on a port, and by which entries.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayCall, type Call, type CallAnswer } from '../../src/access/may-call.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { crowdedWorld } from './crowded-worlds.ts';
import { effectiveGrants } from './effective-grants.ts';
import { isRefused } from './exceptions.ts';
import { expectationOf, type Expectation, type Grant } from './expectation.ts';
import { settledWorld } from './judge-world.ts';
import { attemptsIn } from './probes.ts';
import type { Compiled } from '../support/compiler.ts';
import { SHOP, type Labels, type WorldSpec } from './world-spec.ts';

const WORLDS = 500;

/** Addresses, each with the ranges of random intents that contain it. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  '203.0.113.7': ['203.0.113.0/24'],
  '203.0.113.200': ['203.0.113.0/24', '203.0.113.128/25'],
  '198.51.100.9': ['198.51.100.9'],
  '198.51.100.10': [],
};

const isFor = (grant: Grant, { host, port }: Call): boolean => {
  if (grant.kind === 'range') return grant.port === port && RANGES[host]?.includes(grant.range) === true;
  const { place } = grant;
  const isBelow = place.host.startsWith('*') && host.endsWith(place.host.slice(1));
  return place.port === port && (place.host === host || isBelow);
};

/**
 * True if a foreign registration of the host decides how it is reached, or if one entry uses another registration of the host than a second one: then
 * either answer is right.
 */
function isUndecided(grant: Grant, { compilation }: Compiled): boolean {
  const host = grant.kind === 'place' ? grant.place.host : '';
  const isReplaced = compilation.diagnostics.some(
    (diagnostic) => diagnostic.code === 'RegistrationReplaced' && diagnostic.host === host,
  );
  return compilation.diagnostics.some(
    ({ code, intent, entry }) =>
      (code === 'HostAlsoRegistered' || (isReplaced && code === 'RegistrationFollowed')) &&
      intent === `intent-${grant.intent}` &&
      entry === grant.entry,
  );
}

const entriesOf = (grants: readonly Grant[]): readonly string[] =>
  [
    ...new Set(grants.flatMap(({ intent, entry }) => (intent < 0 ? [] : `intent-${intent}/${entry}`))),
  ].toSorted();

/** The expected answer about a call, as a text. */
function expectedAnswer(
  call: Call,
  effective: readonly Grant[] | 'unrestricted',
  expected: Expectation,
  result: Compiled,
): string {
  if (effective === 'unrestricted') return effective;
  const reachable = effective.filter((grant) => isFor(grant, call));
  const inForce = expected.grants.filter((grant) => !isRefused(grant, result.compilation.diagnostics));
  const grants =
    reachable.length === 0 && isReachedByName(call, inForce, result)
      ? inForce.filter((grant) => isWildcard(grant) && isFor(grant, call))
      : reachable;
  return grants.length === 0 ? 'blocked' : `allowed ${entriesOf(grants).join(' ')}`;
}

/**
 * True for a host that the pod may call on another port and that has this port too: a wildcard above it, though unreachable on the port, grants
 * it, so the host is listed with every port and reached by its own name.
 */
function isReachedByName({ host, port }: Call, grants: readonly Grant[], { compilation }: Compiled): boolean {
  const isListed = grants.some((grant) => grant.kind === 'place' && grant.place.host === host);
  const isRegistered = compilation.serviceEntries.some(
    ({ spec }) => spec.hosts[0] === host && spec.ports.some(({ number }) => number === port),
  );
  const isReported = compilation.diagnostics.some(
    (diagnostic) =>
      diagnostic.code === 'PortNotGranted' &&
      diagnostic.port === port &&
      diagnostic.host.endsWith(`/${host}`),
  );
  return isListed && isRegistered && !isReported;
}

/** The foreign Sidecars that may govern a pod: those that match its labels. */
const foreignFor = (labels: Labels, { sidecars }: WorldSpec): readonly string[] =>
  sidecars.flatMap(({ selector = {} }, index) =>
    Object.entries(selector).every(([key, value]) => labels[key] === value)
      ? [`${SHOP}/foreign-${index}`]
      : [],
  );

const isWildcard = (grant: Grant): boolean => grant.kind === 'place' && grant.place.host.startsWith('*');

const textOf = (answer: CallAnswer): string =>
  answer.kind === 'allowed'
    ? `allowed ${answer.entries.map(({ intent, entry }) => `${intent}/${entry}`).join(' ')}`
    : answer.kind;

function callsIn(world: WorldSpec): readonly Call[] {
  const places = attemptsIn(world).flatMap(({ place }) => place ?? []);
  const named = places.map(({ host, port }) => ({ host: host.replace('*', 'some-name'), port }));
  const addressed = Object.keys(RANGES).flatMap((host) => [80, 443, 9999].map((port) => ({ host, port })));
  return [...named, ...addressed];
}

/** Each call whose answer differs from the expected one, as a sentence. */
function differences(world: WorldSpec): readonly string[] {
  const { result } = settledWorld(world);
  const calls = callsIn(world);
  return world.pods.flatMap((labels) => {
    const expected = expectationOf(labels, world);
    const effective = effectiveGrants(labels, world, result);
    return calls.flatMap((call) => {
      const answer = mayCall(labels, call, result);
      if (answer.kind === 'foreign' && foreignFor(labels, world).includes(answer.sidecar)) return [];
      if (expected.grants.some((grant) => isFor(grant, call) && isUndecided(grant, result))) return [];
      const wanted = expectedAnswer(call, effective, expected, result);
      return textOf(answer) === wanted ? [] : [`${call.host}:${call.port} ${textOf(answer)}, not ${wanted}`];
    });
  });
}

test.each([
  ['plain', 20_261_128, (world: WorldSpec) => world],
  ['crowded', 20_261_129, crowdedWorld],
])(
  'in %s worlds the answer about each call is what the intents say',
  (_kind, seed, shape) => {
    fc.assert(
      fc.property(arbitraryWorld({ versions: ['1.31', '1.30', '1.28'] }).map(shape), (world) => {
        expect(differences(world)).toEqual([]);
      }),
      { seed, numRuns: WORLDS },
    );
  },
  120_000,
);
