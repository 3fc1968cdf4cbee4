// Labels, and the only kind of selector that a Sidecar supports: equality of labels, all of which must match.
import { byText } from './order.ts';

export type Labels = Readonly<Record<string, string>>;

/** True if the selector matches a workload with these labels. The empty selector matches every workload. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** True if no workload can match both selectors. */
export function excludes(a: Labels, b: Labels): boolean {
  return Object.entries(a).some(([key, value]) => Object.hasOwn(b, key) && b[key] !== value);
}

/** The labels of both; for a common key, the value of the second. */
export function union(a: Labels, b: Labels): Labels {
  return { ...a, ...b };
}

export function isEmpty(labels: Labels): boolean {
  return Object.keys(labels).length === 0;
}

/** A text that is equal for equal sets of labels only, whatever the order of their keys. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => byText(a, b)));
}

/** The same labels, in order of key. */
export function sortedLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => byText(a, b)));
}

/** The labels as people write them: `app=web,tier=front`. */
export function labelsText(labels: Labels): string {
  return Object.entries(sortedLabels(labels))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
