// "May this pod call that host on that port, and by which entry?" has the answer that the words of the intents give, in random worlds.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayCall, type Call, type CallAnswer } from '../../src/access/may-call.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { attemptsOn } from './probes.ts';
import { crowd } from './crowded-worlds.ts';
import { isRefused, isWaived } from './exceptions.ts';
import { expectationOf, type Expectation, type Grant } from './expectation.ts';
import { settledWorld } from './judge-world.ts';
import type { Compiled } from '../support/compiler.ts';
import type { WorldSpec } from './world-spec.ts';

const RUNS = 500;

/** Ranges that intents of random worlds name, each with an address of it. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  '203.0.113.7': ['203.0.113.0/24'],
  '203.0.113.200': ['203.0.113.0/24', '203.0.113.128/25'],
  '198.51.100.9': ['198.51.100.9'],
  '198.51.100.10': [],
};

const isFor = (grant: Grant, { host, port }: Call): boolean => {
  if (grant.kind === 'range') return grant.port === port && RANGES[host]?.includes(grant.range) === true;
  const { place } = grant;
  const isBelow = place.host.startsWith('*.') && host.endsWith(place.host.slice(1));
  return place.port === port && (place.host === host || isBelow);
};

/** A foreign registration of the host decides how it is reached, so neither answer would be wrong. */
const isUndecided = (grant: Grant, { compilation }: Compiled): boolean =>
  compilation.diagnostics.some(
    ({ code, intent, entry }) =>
      code === 'HostAlsoRegistered' && intent === `intent-${grant.intent}` && entry === grant.entry,
  );

/**
 * The grants of a pod for a call that no diagnostic takes back. A wildcard that is unreachable on the port still grants a host below it that
 * the pod may call on another port: that host is listed with every port, and so reached by its own name.
 */
function effectiveGrants(call: Call, expected: Expectation, { compilation }: Compiled): readonly Grant[] {
  const diagnostics = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((index) => intent === `intent-${index}`),
  );
  const grants = expected.grants.filter((grant) => isFor(grant, call) && !isRefused(grant, diagnostics));
  const reachable = grants.filter((grant) => !isWaived(grant, diagnostics, expected));
  const isListed = expected.grants.some(
    (grant) => grant.kind === 'place' && grant.place.host === call.host && !isRefused(grant, diagnostics),
  );
  const isRegistered = compilation.serviceEntries.some(
    ({ spec }) => spec.hosts[0] === call.host && spec.ports.some(({ number }) => number === call.port),
  );
  const isReachedByName = isListed && isRegistered && !isLost(call, compilation.diagnostics);
  return reachable.length === 0 && isReachedByName ? grants : reachable;
}

/** The host itself, not only a wildcard above it, is reported as unreachable on the port. */
const isLost = ({ host, port }: Call, diagnostics: Compiled['compilation']['diagnostics']): boolean =>
  diagnostics.some(
    (diagnostic) =>
      diagnostic.code === 'PortNotGranted' &&
      diagnostic.port === port &&
      diagnostic.host.endsWith(`/${host}`),
  );

const entriesOf = (grants: readonly Grant[]): readonly string[] =>
  [
    ...new Set(grants.flatMap(({ intent, entry }) => (intent < 0 ? [] : `intent-${intent}/${entry}`))),
  ].toSorted();

/** What is granted by the words of the intents, in the form of an answer. */
function expectedAnswer(call: Call, expected: Expectation, result: Compiled): string {
  const grants = effectiveGrants(call, expected, result);
  return grants.length === 0 ? 'blocked' : `allowed ${entriesOf(grants).join(' ')}`;
}

const textOf = (answer: CallAnswer): string =>
  answer.kind === 'allowed'
    ? `allowed ${answer.entries.map(({ intent, entry }) => `${intent}/${entry}`).join(' ')}`
    : answer.kind;

function callsIn(world: WorldSpec): readonly Call[] {
  const places = attemptsOn(world).flatMap(({ place }) => place ?? []);
  const named = places.map(({ host, port }) => ({ host: host.replace('*', 'some-name'), port }));
  const addressed = Object.keys(RANGES).flatMap((host) => [80, 443, 9999].map((port) => ({ host, port })));
  return [...named, ...addressed];
}

/** Each call for which the answer is not the expected one. */
function differences(world: WorldSpec): readonly string[] {
  const { result } = settledWorld(world);
  const calls = callsIn(world);
  return world.pods.flatMap((labels) => {
    const expected = expectationOf(labels, world);
    return calls.flatMap((call) => {
      const answer = mayCall(labels, call, result);
      if (answer.kind === 'foreign' && world.sidecars.length > 0) return [];
      if (expected.grants.some((grant) => isFor(grant, call) && isUndecided(grant, result))) return [];
      const wanted = expected.closed ? expectedAnswer(call, expected, result) : 'unrestricted';
      return textOf(answer) === wanted ? [] : [`${call.host}:${call.port} ${textOf(answer)}, not ${wanted}`];
    });
  });
}

test.each([
  ['plain', 20_261_128, (world: WorldSpec) => world],
  ['crowded', 20_261_129, crowd],
])(
  'in %s worlds the answer is what the intents say',
  (_kind, seed, shape) => {
    fc.assert(
      fc.property(arbitraryWorld({ versions: ['1.31', '1.30', '1.28'] }).map(shape), (world) => {
        expect(differences(world)).toEqual([]);
      }),
      { seed, numRuns: RUNS },
    );
  },
  120_000,
);
