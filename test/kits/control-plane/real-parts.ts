// The one place that decides what happens to tests whose real parts (kube-apiserver, istiod, Envoy) are missing.

/** A part that this machine cannot provide. `why` says what to install. */
export type Unavailable = { readonly kind: 'unavailable'; readonly why: string };

/**
 * Whether tests with real parts can run: `describe.runIf(await realParts(ensureBinaries()))`. Where they cannot,
 * the tests are skipped, and standard error says so; with `CI=true` it throws instead, so that nothing that
 * was to be proved goes unproved in silence.
 */
export async function realParts(
  answer: Promise<{ readonly kind: 'available' } | Unavailable>,
): Promise<boolean> {
  const parts = await answer;
  if (parts.kind === 'available') return true;
  if (process.env['CI'] === 'true') throw new Error(parts.why);
  process.stderr.write(`\nSKIPPED: tests that need real parts. ${parts.why}\n\n`);
  return false;
}

/** The parts, or an error that says what to install. */
export function demand<T extends { readonly kind: 'available' }>(parts: T | Unavailable): T {
  if (parts.kind === 'unavailable') throw new Error(parts.why);
  return parts;
}
