// Decides what happens to tests when a real part that they need (kube-apiserver, istiod, Envoy) is missing: they are
// skipped, or they fail with CI=true.

/** A part that this machine cannot provide. `why` is a sentence that says what to install. */
export type Unavailable = { readonly kind: 'unavailable'; readonly why: string };

/**
 * True if tests with real parts can run: `describe.runIf(await realParts(ensureBinaries()))`. Otherwise prints to
 * standard error that the tests are skipped, and why; with CI=true it throws, so that CI never skips a test.
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

/** Returns the parts. Throws an error that says what to install if they are not available. */
export function demand<T extends { readonly kind: 'available' }>(parts: T | Unavailable): T {
  if (parts.kind === 'unavailable') throw new Error(parts.why);
  return parts;
}
