// What changed between two states of some objects: the name of each object, and the lines that differ. Prints nothing.
import { diff, isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { KubeObject } from '../support/cluster.ts';

/** `lines` begin with `+` or `-`. */
export type Change = { readonly title: string; readonly lines: readonly string[] };

/** The changes of objects that exist after it; deleted objects are left out. In the order of `after`. */
export function changesBetween(
  before: readonly KubeObject[],
  after: readonly KubeObject[],
): readonly Change[] {
  const previous = new Map(before.map((object) => [nameOf(object), object]));
  return after
    .filter((object) => !isDeepStrictEqual(object['spec'], previous.get(nameOf(object))?.['spec']))
    .map((object) => {
      const known = previous.get(nameOf(object));
      const title = nameOf(object);
      return known === undefined
        ? { title: `${title} (new)`, lines: linesOf(object).map((line) => `+ ${line}`) }
        : { title, lines: changedLines(linesOf(known), linesOf(object)) };
    });
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;

/** `util.diff` returns 1 for a line that only its first argument has, and -1 for one that only the second has. */
const changedLines = (before: readonly string[], after: readonly string[]): readonly string[] =>
  diff(before, after).flatMap(([sign, line]) => (sign === 0 ? [] : [`${sign === 1 ? '-' : '+'} ${line}`]));

type SidecarSpec = { readonly workloadSelector?: object; readonly egress: readonly { hosts: string[] }[] };
type ServiceEntrySpec = { readonly hosts: readonly string[]; readonly ports: readonly object[] };

/** The essential fields of `spec` in YAML. Each entry of a list that changes in the demo has its own lines. */
function linesOf({ kind, spec }: KubeObject): readonly string[] {
  if (kind === 'Sidecar') {
    const { workloadSelector, egress } = spec as SidecarSpec;
    return [
      ...fieldLines({ workloadSelector }),
      ...egress.flatMap(({ hosts }, index) => listLines(`egress[${index}].hosts`, hosts)),
    ];
  }
  if (kind === 'ServiceEntry') {
    const { hosts, ports } = spec as ServiceEntrySpec;
    return fieldLines({ hosts, ports });
  }
  const { allow, ...fields } = spec as { readonly allow: readonly object[] };
  return [...fieldLines(fields), ...listLines('allow', allow.map(blockOf))];
}

/** One line for each field that has a value. */
const fieldLines = (fields: object): readonly string[] =>
  Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : [`${field}: ${flow(value)}`],
  );

const listLines = (field: string, items: readonly unknown[]): readonly string[] => [
  `${field}:`,
  ...items.flatMap((item) => {
    const [first, ...others] = Array.isArray(item) ? (item as readonly string[]) : [flow(item)];
    return [`  - ${first}`, ...others.map((line) => `    ${line}`)];
  }),
];

/** An entry of `allow`: a line for each of its fields. */
const blockOf = (entry: object): readonly string[] => fieldLines(entry);

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd();
