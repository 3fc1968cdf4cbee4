// Sums up what is found about many random worlds, and groups what is unexplained by a rough cause, each with its smallest example.
import { describeDeviation, type Deviation, type JudgedFidelity } from './judge-fidelity.ts';
import { hostsOf, SHOP, type WorldSpec } from './world-spec.ts';

export type FidelityStats = {
  worlds: number;
  compared: number;
  same: number;
  routed: number;
  readonly excused: Map<string, number>;
  readonly causes: Map<string, { count: number; size: number; world: WorldSpec; example: string }>;
};

export const noStats = (): FidelityStats => ({
  worlds: 0,
  compared: 0,
  same: 0,
  routed: 0,
  excused: new Map(),
  causes: new Map(),
});

export function addTo(stats: FidelityStats, world: WorldSpec, judged: JudgedFidelity): void {
  stats.worlds += 1;
  stats.compared += judged.compared;
  stats.same += judged.same;
  stats.routed += judged.routed;
  for (const [code, count] of judged.excused) stats.excused.set(code, (stats.excused.get(code) ?? 0) + count);
  const size = JSON.stringify(world).length;
  const found = [
    ...judged.unexplained.map((each) => [causeOf(each, world), describeDeviation(each)] as const),
    ...judged.more.map((each) => [`more: ${causeOf(each, world)}`, describeDeviation(each)] as const),
    ...judged.invalid.map((text) => ['refused by the webhook', text] as const),
  ];
  for (const [cause, example] of found) {
    const known = stats.causes.get(cause);
    const isSmaller = known === undefined || size < known.size;
    stats.causes.set(cause, {
      ...(isSmaller ? { size, world, example } : known),
      count: (known?.count ?? 0) + 1,
    });
  }
}

/** The kind of entry that grants, the protocol, what differs, and whose VirtualServices and ServiceEntries are about the name. */
function causeOf({ call, differences, before, after }: Deviation, world: WorldSpec): string {
  const { protocol, name, port } = call.attempt;
  const entry = call.diagnostics.map(({ code }) => code);
  const about = (world.routing ?? []).filter(
    ({ kind, ...object }) =>
      kind === 'VirtualService' &&
      ((object['spec'] as { hosts?: readonly string[] }).hosts ?? []).some((host) => coversName(host, name)),
  );
  const routes = about.map(({ metadata }) => relation(metadata.namespace ?? '', call.providers, world));
  const entries = world.serviceEntries
    .filter((registering) => hostsOf(registering).some((each) => coversName(each, name)))
    .map(({ namespace }) => relation(namespace, call.providers, world));
  const to = before === undefined || before.verdict === after.verdict ? '' : ` (${after.verdict})`;
  return `${protocol} on ${[80, 443].includes(port) ? port : 'another port'}, ${differences.join('+')}${to}, routes: ${kinds(routes)}, entries: ${kinds(entries)}, said: ${kinds(entry)}`;
}

const kinds = (list: readonly string[]): string =>
  [...new Set(list)].toSorted((a, b) => (a < b ? -1 : 1)).join('+') || 'none';

const coversName = (host: string, name: string): boolean =>
  host === name || name.split('.')[0] === host || (host.startsWith('*.') && name.endsWith(host.slice(1)));

function relation(namespace: string, providers: readonly string[], { trusted = [] }: WorldSpec): string {
  if (namespace === SHOP) return 'own';
  if (providers.includes(namespace)) return 'provider';
  if (namespace === 'istio-system') return 'root';
  return trusted.includes(namespace) ? 'trusted' : 'third';
}

export function statsText({ worlds, compared, same, routed, excused, causes }: FidelityStats): string {
  const share = (count: number): string =>
    `${count.toFixed(0)} (${((100 * count) / Math.max(1, compared)).toFixed(2)} %)`;
  const byCount = [...causes].toSorted(([, a], [, b]) => b.count - a.count);
  const unexplained = byCount.filter(([cause]) => !/^(more|refused)/.test(cause));
  return [
    `${worlds} worlds, ${compared} calls compared, ${share(same)} the same, of these ${routed} by a VirtualService`,
    ...[...excused]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, count]) => `excused by ${code}: ${share(count)}`),
    `unexplained: ${share(unexplained.reduce((sum, [, { count }]) => sum + count, 0))}`,
    ...byCount.map(([cause, { count, example }]) => `${count} x ${cause}\n      ${example}`),
  ].join('\n');
}
