// The stores do not show yet what the controller has written itself, because a watch is down or the answer to a write was lost. It waits for them: it
// lists no host in a Sidecar that it has deregistered itself, and no status praises what does not stand.
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { Fault, ProxiedRequest } from '../../kits/fault-proxy/fault.ts';
import { startFaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, eventually, type Cluster } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { conditionOf } from '../../support/intent-status.ts';
import * as story from '../../support/story.ts';

type Allow = readonly story.AllowEntry[];
type Spec = {
  readonly hosts?: readonly string[];
  readonly egress?: readonly { readonly hosts: readonly string[] }[];
};

const host = (name: string): story.AllowEntry => ({ host: `${name}.example.com` });

const listedBy = (spec: unknown): readonly string[] =>
  ((spec as Spec).egress ?? [])
    .flatMap(({ hosts }) => hosts)
    .flatMap((each) => (each.startsWith('red/') ? [each.slice('red/'.length)] : []))
    .toSorted();

type Standing = { readonly listed: readonly string[] | 'open'; readonly registered: readonly string[] };

/** The hosts of the namespace that the Sidecar lists, or `open` without one; and those that are registered. */
async function standing(cluster: Cluster): Promise<Standing> {
  const [sidecar] = await cluster.list(story.GENERATED.sidecars);
  const entries = await cluster.list(story.GENERATED.serviceEntries);
  return {
    listed: sidecar === undefined ? 'open' : listedBy(sidecar['spec']),
    registered: entries.flatMap(({ spec }) => (spec as Spec).hosts ?? []).toSorted(),
  };
}

const wantedBy = (allow: Allow | undefined) => {
  const hosts = (allow ?? [])
    .flatMap(({ host: name }) => (typeof name === 'string' ? [name] : []))
    .toSorted();
  return { listed: allow === undefined ? 'open' : hosts, registered: hosts };
};

async function edit(cluster: Cluster, allow: Allow | undefined): Promise<void> {
  if (allow === undefined) await cluster.remove(story.intentRef());
  else await cluster.apply(story.appIntent(allow));
}

async function isProgrammed(cluster: Cluster): Promise<boolean> {
  const intent = await cluster.get(story.intentRef());
  const { status } = (intent ?? {}) as { readonly status?: { readonly observedGeneration?: number } };
  return (
    intent !== undefined &&
    status?.observedGeneration === intent.metadata.generation &&
    conditionOf(intent, 'Programmed') === 'True/Programmed'
  );
}

type Case = {
  readonly what: string;
  /** A part of the plurals of the kinds whose watches are down. */
  readonly blind: string;
  /** Seen, written while blind, and made while blind. */
  readonly edits: readonly [Allow, Allow | undefined, Allow];
  /** The method of a write whose answer is lost. */
  readonly lost?: string;
};

const A = [story.GREEN, host('a')];
const AB = [story.GREEN, host('a'), host('b')];
const ANSWER_LOST: Fault = { kind: 'reset-after-forward' };

test.concurrent.for<Case>([
  { what: 'a ServiceEntry that it deleted', blind: 'serviceentries', edits: [AB, A, AB] },
  { what: 'two ServiceEntries that it deleted', blind: 'serviceentries', edits: [AB, [story.GREEN], AB] },
  { what: 'a ServiceEntry that it created', blind: 'serviceentries', edits: [A, AB, A] },
  {
    what: 'a Sidecar that it changed',
    blind: 'sidecars',
    edits: [[story.GREEN], [story.GREEN, story.BLUE_SVC], [story.GREEN]],
  },
  { what: 'a Sidecar that lost a host', blind: 'sidecars', edits: [AB, A, AB] },
  { what: 'a Sidecar that it deleted', blind: 'sidecars', edits: [A, undefined, A] },
  { what: 'everything that it deleted', blind: 'e', edits: [AB, undefined, AB] },
  { what: 'a deletion without an answer', blind: 'serviceentries', edits: [AB, A, AB], lost: 'DELETE' },
  { what: 'a change without an answer', blind: 'sidecars', edits: [A, AB, A], lost: 'PATCH' },
])('waits until it sees $what', { timeout: 60_000 }, async ({ blind, edits, lost }, { onTestFinished }) => {
  const server = await startServerWithCrds(story.storyObjects);
  const cluster = connect(server.kubeconfig);
  const proxy = await startFaultProxy({ kubeconfig: server.kubeconfig });
  const controller = await runningController(proxy.kubeconfig);
  onTestFinished(async () => {
    await controller.stop();
    await proxy.stop();
    await cluster.close();
    await server.stop();
  });
  const [before, between, after] = edits;
  await edit(cluster, before);
  await eventually(async () => expect(await isProgrammed(cluster)).toBe(true));

  const isBlind = ({ method, path, query }: ProxiedRequest): boolean =>
    method === 'GET' &&
    /\/(sidecars|serviceentries)$/.test(path) &&
    path.includes(blind) &&
    query.includes('watch=');
  const blindness = proxy.inject({ when: isBlind, fault: { kind: 'status', status: 503 } });
  const isLost = ({ method, path }: ProxiedRequest): boolean =>
    method === lost && path.includes(`/${blind}/`);
  const loss = proxy.inject({ when: isLost, fault: ANSWER_LOST, times: 1 });
  proxy.endOpen('reset');
  await eventually(() => expect(blindness.hits()).toBeGreaterThan(0));
  await edit(cluster, between);
  await eventually(async () => expect(await standing(cluster)).toEqual(wantedBy(between)));
  expect(loss.hits()).toBe(lost === undefined ? 0 : 1);

  await edit(cluster, after);
  const wrong: unknown[] = [];
  const blindUntil = performance.now() + 2_000;
  while (performance.now() < blindUntil) {
    const isPraised = await isProgrammed(cluster);
    const now = await standing(cluster);
    if (isPraised && !isDeepStrictEqual(now, wantedBy(after))) wrong.push({ praised: now });
    if (now.listed !== 'open' && now.listed.some((each) => !now.registered.includes(each)))
      wrong.push({ notRegistered: now });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(wrong).toEqual([]);
  blindness.remove();
  await eventually(async () => expect(await standing(cluster)).toEqual(wantedBy(after)));
  await eventually(async () => expect(await isProgrammed(cluster)).toBe(true));
});
