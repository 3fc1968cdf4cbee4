// A counterexample as a file: YAML with the objects, for `render`, and with the random input in a comment, for `prove --replay`.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { clusterObjects, intentObjects } from './objects.ts';
import { isPropertyName, type Input, type PropertyName } from './properties.ts';
import type { WorldSpec } from './world-spec.ts';

/** A property, and an input that contradicts it. */
export type Counterexample = {
  readonly property: PropertyName;
  readonly input: Input<PropertyName>;
  /** The oracle that judged it. */
  readonly istio: 'current' | 'older';
};

const INPUT = '# input: ';

/** Findings that an error message quotes; the file has all. */
const MOST_SHOWN = 20;

/** `path` is where the text will be stored: the commands at the head of the file name it. */
export function reportOf(
  { property, input, istio }: Counterexample,
  findings: readonly string[],
  path: string,
): string {
  const world = 'start' in input ? input.start : input;
  const edits = 'start' in input ? input.edits : [];
  const head = [
    `# ${property} does not hold:`,
    ...findings.map((finding) => `#   ${finding.replaceAll('\n', ' ')}`),
    `# To judge it again: npm run prove -- --replay ${path}`,
    `# To see what the controller writes: npm run --silent cli -- render ${renderFlags(world)} ${path}`,
    ...edits.map(({ after, edit }) => `# Edit after ${after} s: ${JSON.stringify(edit)}`),
    `${INPUT}${JSON.stringify({ property, istio, input })}`,
  ];
  const objects = [...clusterObjects(world), ...intentObjects(world)];
  return `${head.join('\n')}\n${objects.map((object) => stringify(object)).join('---\n')}`;
}

const renderFlags = ({ istioVersion, dnsCapture, dnsAllowed, trusted = [] }: WorldSpec): string =>
  [
    '--complete',
    `--istio-version ${istioVersion}`,
    ...(dnsCapture ? ['--dns-capture'] : []),
    ...(dnsAllowed ? [] : ['--no-platform-host']),
    ...trusted.map((namespace) => `--trusted-namespace ${namespace}`),
  ].join(' ');

const Stored = z.object({
  property: z.string().refine(isPropertyName),
  istio: z.enum(['current', 'older']),
  input: z.record(z.string(), z.unknown()),
});

/** Reads the counterexample back from a report. Throws if the text is not a report. */
export function counterexampleIn(report: string): Counterexample {
  const line = report.split('\n').find((text) => text.startsWith(INPUT));
  if (line === undefined) throw new Error(`no line starts with "${INPUT}"`);
  return Stored.parse(JSON.parse(line.slice(INPUT.length))) as unknown as Counterexample;
}

/** Stores the counterexample in a new file of the temporary folder, and returns an error that says how to replay it. */
export async function failureOf(counterexample: Counterexample, findings: readonly string[]): Promise<Error> {
  const path = join(await mkdtemp(join(tmpdir(), 'egress-intent-proof-')), 'counterexample.yaml');
  await writeFile(path, reportOf(counterexample, findings, path));
  const shown = findings.slice(0, MOST_SHOWN);
  const more = findings.length - shown.length;
  return new Error(
    [
      `${counterexample.property} does not hold:`,
      ...shown,
      ...(more === 0 ? [] : [`and ${more} more: see ${path}`]),
      `To judge it again: npm run prove -- --replay ${path}`,
    ].join('\n'),
  );
}
