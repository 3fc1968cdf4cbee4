// The table that the bench prints.
import type { ConvergeFigures } from './converge.ts';
import type { ClusterFigures } from './whole-cluster.ts';
import type { EditFigures } from './edits.ts';
import type { RestFigures } from './rest.ts';
import type { SoakFigures } from './soak.ts';
import type { TenantFigures } from './tenant.ts';

export type Row = readonly [figure: string, measured: string, ratio: string, goal: string];

const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
const mb = (value: number): string => `${value.toFixed(0)} MB`;
const times = (value: number): string => `${value.toFixed(2)} x`;

export const restRows = ({ memory, requests }: RestFigures): readonly Row[] => [
  ['memory at rest', mb(memory), '', '110 MB'],
  ['requests in 10 s at rest', String(requests), '', '0'],
];

export function editRows(figures: EditFigures): readonly Row[] {
  const { intents, edit, editWithHost, bare, runsPerEdit, cpuPerEdit, memory } = figures;
  const many = intents >= 500;
  const of = `of ${intents} intents`;
  return [
    [`edit ${of}, p50`, ms(edit.p50), times(edit.p50 / bare.p50), many ? '4 x' : '2.5 x'],
    [`edit ${of}, p99`, ms(edit.p99), times(edit.p99 / bare.p99), many ? '80 ms' : ''],
    [`edit with a host ${of}, p50`, ms(editWithHost.p50), times(editWithHost.p50 / bare.p50), ''],
    [`one bare apply ${of}, p50 and p99`, `${ms(bare.p50)}, ${ms(bare.p99)}`, '1 x', ''],
    [`runs for an edit ${of}`, runsPerEdit.toFixed(2), '', '1'],
    [`processor time for an edit ${of}`, ms(cpuPerEdit), '', many ? '10 ms' : ''],
    [`memory ${of}`, mb(memory), '', many ? '160 MB' : ''],
  ];
}

export const tenantRows = (all: readonly TenantFigures[]): readonly Row[] =>
  all.flatMap(({ what, edit, health, loop }): readonly Row[] => [
    [
      `edit of another namespace during ${what}, p50 and max`,
      `${ms(edit.p50)}, ${ms(edit.max)}`,
      '',
      '2000 ms',
    ],
    [`/readyz during ${what}, max`, ms(health.max), '', '250 ms'],
    [
      `event loop blocked during ${what}, p99 and max`,
      `${ms(loop.p99)}, ${ms(loop.max)}`,
      '',
      '50 ms, 250 ms',
    ],
  ]);

export function convergeRows(
  { intents, ours, bare, cpu, memory, restart }: ConvergeFigures,
  reference: number,
): readonly Row[] {
  const goal = intents < 1_000 ? '1.3 x or 500 ms more' : '1.2 x';
  return [
    [`converge ${intents} intents`, ms(ours), `${times(ours / bare)} (${ms(ours - bare)} more)`, goal],
    [
      `converge ${intents} intents, a plain controller of controller-runtime`,
      ms(reference),
      times(reference / bare),
      'not less than ours',
    ],
    [`converge ${intents} intents, processor time`, ms(cpu), '', ''],
    [`converge ${intents} intents, memory`, mb(memory), '', ''],
    [`restart with ${intents} intents, processor time`, ms(restart.cpu), '', '1500 ms'],
    [`restart with ${intents} intents, writes`, String(restart.writes), '', '0'],
  ];
}

export function clusterRows(figures: ClusterFigures): readonly Row[] {
  const { size, converge, restart, killed, stream } = figures;
  const of = `${size.namespaces * size.intentsEach} intents in ${size.namespaces} namespaces, limit ${size.memoryLimit} MiB`;
  const spare = (memory: number): string =>
    `${mb(memory)}, ${(100 * (1 - memory / size.memoryLimit)).toFixed(0)} % to spare`;
  const goal = size.stream ? 'holds' : '30 % to spare';
  return [
    [`converge ${of}: memory`, spare(converge.memory), '', goal],
    [`converge ${of}: time`, `${converge.seconds.toFixed(0)} s`, '', ''],
    [`restart with ${of}: memory`, spare(restart.memory), '', goal],
    [`restart with ${of}: processor time`, ms(restart.cpu), '', size.stream ? '' : '1500 ms'],
    [`restart with ${of}: writes`, String(restart.writes), '', '0'],
    [`${of}: killed for want of memory`, String(killed), '', '0'],
    ...(stream === undefined ? [] : streamRows(stream, spare)),
  ];
}

const streamRows = (
  { bareRate, fast, slow, memory }: NonNullable<ClusterFigures['stream']>,
  spare: (memory: number) => string,
): readonly Row[] => [
  ['changes a second of the bare writer', bareRate.toFixed(0), '1 x', ''],
  [
    'change -> Sidecar at 0.8 of that rate, p50 of the first and the last quarter',
    `${ms(fast.first)}, ${ms(fast.last)}`,
    '',
    'the same',
  ],
  ['change -> Sidecar at half of that rate, p50 and p99', `${ms(slow.p50)}, ${ms(slow.p99)}`, '', '250 ms'],
  ['memory during these changes', spare(memory), '', 'holds'],
];

export const soakRows = ({ minutes, edits, heap, growth }: SoakFigures): readonly Row[] => [
  [
    `heap after a collection, first and last of ${minutes} minutes with ${edits} edits`,
    `${(heap[0] ?? Number.NaN).toFixed(1)} MB, ${(heap.at(-1) ?? Number.NaN).toFixed(1)} MB`,
    '',
    '',
  ],
  ['its growth over the last three quarters', `${growth.toFixed(2)} MB a minute`, '', '0.2 MB a minute'],
];
