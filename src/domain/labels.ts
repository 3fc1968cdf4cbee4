// Labels and the one kind of selector that Istio's Sidecar knows: equality of labels, all of which must match.
import { byText } from './order.ts';

export type Labels = Readonly<Record<string, string>>;

/** Whether a workload with these labels is selected. The empty selector selects every workload. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Whether no workload can be selected by both. */
export function excludes(a: Labels, b: Labels): boolean {
  return Object.entries(a).some(([key, value]) => b[key] !== undefined && b[key] !== value);
}

/** The labels of both; where both have a key, the second's value. */
export function union(a: Labels, b: Labels): Labels {
  return { ...a, ...b };
}

export function isEmpty(labels: Labels): boolean {
  return Object.keys(labels).length === 0;
}

/** One text for one set of labels, whatever the order of its keys. No two sets share one. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => byText(a, b)));
}

/** The same labels with their keys in order. */
export function sortedLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => byText(a, b)));
}

/** For messages: `app=web,tier=front`. */
export function labelsText(labels: Labels): string {
  return Object.entries(sortedLabels(labels))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
