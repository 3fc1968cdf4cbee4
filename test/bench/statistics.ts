// Percentiles of measured times.

/** The value that `percent` percent of the values do not exceed. NaN without values. */
export function percentile(values: readonly number[] = [], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
