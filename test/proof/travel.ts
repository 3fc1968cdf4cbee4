// How a call travels through Envoy: compared part by part, and as a line for people.
import type { ProbeResult, TravelDetail } from '../kits/oracle/probe-request.ts';

/** A part of the path in which two calls differ. */
export type TravelPart =
  'verdict' | 'clusters' | 'weights' | 'content' | 'mirrors' | 'layer' | 'timeout' | 'route' | 'filter';

/** `whole` compares routes and filters too; otherwise only where the calls end, the clusters there, whether their HTTP is read, and the time limit. */
export function differencesOf(
  before: ProbeResult,
  after: ProbeResult,
  { whole }: { readonly whole: boolean },
): readonly TravelPart[] {
  if (before.verdict !== after.verdict) return ['verdict'];
  const [was, is] = [detailOf(before), detailOf(after)];
  const parts: readonly (readonly [TravelPart, unknown, unknown])[] = [
    ['clusters', endsOf(before), endsOf(after)],
    ['weights', sharesOf(before), sharesOf(after)],
    ['content', existing(was, was), existing(was, is)],
    ['mirrors', was.mirrors, is.mirrors],
    ['layer', was.http === undefined, is.http === undefined],
    ['timeout', was.timeout, is.timeout],
    ...(whole ? wholeParts(was, is) : []),
  ];
  return parts.flatMap(([part, a, b]) => (JSON.stringify(a) === JSON.stringify(b) ? [] : [part]));
}

const wholeParts = (
  was: TravelDetail,
  is: TravelDetail,
): readonly (readonly [TravelPart, unknown, unknown])[] => [
  ['route', was.route, is.route],
  ['filter', was.http ?? was.tcp, is.http ?? is.tcp],
];

const detailOf = ({ detail = {} }: ProbeResult): TravelDetail => ({
  ...detail,
  clusters: Object.fromEntries(
    Object.entries(detail.clusters ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ),
});

/** The clusters that get a share of the calls. */
export const endsOf = ({ weighted, cluster }: ProbeResult): readonly string[] =>
  weighted === undefined
    ? cluster === undefined
      ? []
      : [cluster]
    : weighted.map((each) => each.cluster).toSorted();

const sharesOf = ({ weighted = [] }: ProbeResult): readonly string[] =>
  weighted.map(({ cluster, weight }) => `${weight} ${cluster}`).toSorted();

/** The clusters of `is` that there were before. One that was missing may exist now: an intent that grants its host registers it. */
const existing = (was: TravelDetail, is: TravelDetail): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(is.clusters ?? {}).filter(([name]) => was.clusters?.[name] !== 'missing'),
  );

const NOWHERE: ReadonlySet<string> = new Set(['PassthroughCluster', 'BlackHoleCluster']);

/** True if a host of the mesh's registry, or a route to one, answers the call: it is neither blocked nor passed through. */
export const isAnswered = (result: ProbeResult): boolean =>
  result.verdict === 'allowed' && !endsOf(result).some((cluster) => NOWHERE.has(cluster));

/** True if a VirtualService decides about the call: it has shares, a mirror, a time limit, or ends at another name. */
export function isRouted(result: ProbeResult, name: string): boolean {
  const { timeout = '0s', mirrors = [] } = result.detail ?? {};
  const isElsewhere = endsOf(result).some((cluster) => {
    const [, , subset = '', host = ''] = cluster.split('|');
    return subset !== '' || (host !== name && !host.startsWith('*.'));
  });
  return timeout !== '0s' || mirrors.length > 0 || result.weighted !== undefined || isElsewhere;
}

/** `90% outbound|80||a + 10% outbound|80||b, timeout 3s, mirrored to outbound|80||c`, or why the call is blocked. */
export function travelText(result: ProbeResult): string {
  const { detail = {}, weighted } = result;
  const contents = detail.clusters ?? {};
  const shown = (cluster: string): string =>
    `${cluster.replace(/^outbound/, '')}${contents[cluster] === undefined ? '' : ` (${contents[cluster].slice(0, 6)})`}`;
  const ends =
    weighted?.map(
      (each) => `${each.weight}% ${shown(each.cluster)}${each.why === undefined ? '' : ` ${each.why}`}`,
    ) ?? endsOf(result).map(shown);
  return [
    [...(result.verdict === 'blocked' ? [result.why] : []), ends.join(' + ')].join(' ').trim(),
    ...(detail.timeout === undefined || detail.timeout === '0s' ? [] : [`timeout ${detail.timeout}`]),
    ...(detail.mirrors ?? []).map((cluster) => `mirrored to ${shown(cluster)}`),
  ].join(', ');
}
