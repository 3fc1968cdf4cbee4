// What becomes of a Sidecar that the API server refuses: where nothing of ours governs its pods, they would stay open, so the largest part
// that is accepted is written; otherwise what stands is left. Both are told.
import { listedHostText } from '../../domain/istio/range-host.ts';
import { err, type Result } from '../../domain/result.ts';
import type { SidecarManifest } from '../../domain/kinds/manifest.ts';
import type { ApiError } from '../../kubernetes/api-error.ts';
import type { Writer, Written } from '../../kubernetes/writer.ts';
import {
  hostsLeftOut,
  largestPart,
  listingsOf,
  partialSpec,
  type Listing,
} from '../../plan/partial-sidecar.ts';
import type { Step } from '../../plan/steps.ts';

/** How many requests may be spent on the search. */
const TRIES = 10;

/** Applies the object of a step. An object that is written in part is an error all the same: it is not as planned. */
export async function applyManifest(
  { manifest, standing }: Extract<Step, { kind: 'apply' }>,
  writer: Writer,
): Promise<Result<Written, ApiError>> {
  const result = await writer.apply(manifest);
  if (result.ok || result.error.kind !== 'rejected' || manifest.kind !== 'Sidecar') return result;
  if (standing !== undefined) return err(told(result.error, manifest, standing));
  const part = await acceptedPart(manifest, writer);
  if (part === undefined) return result;
  const written = await writer.apply(part);
  return err(written.ok ? told(result.error, manifest, part.spec.egress) : result.error);
}

/** Undefined where that cannot be found out: an outage is no refusal. */
async function acceptedPart(manifest: SidecarManifest, writer: Writer): Promise<SidecarManifest | undefined> {
  const { spec } = manifest;
  const partOf = (kept: readonly Listing[]): SidecarManifest => ({
    ...manifest,
    spec: partialSpec(spec, kept),
  });
  const search = largestPart(listingsOf(spec), TRIES);
  let next = search.next();
  while (next.done !== true) {
    // oxlint-disable-next-line no-await-in-loop -- each part depends on the answer to the one before it
    const answer = await writer.check(partOf(next.value));
    if (!answer.ok && answer.error.kind !== 'rejected') return undefined;
    next = search.next(answer.ok);
  }
  return partOf(next.value);
}

function told(
  error: ApiError,
  { spec }: SidecarManifest,
  standing: readonly { readonly hosts: readonly string[] }[],
): ApiError {
  const missing = hostsLeftOut(spec, standing).map(listedHostText);
  if (missing.length === 0) return error;
  const message = `it stands without ${missing.join(', ')}, because the API server refuses the whole: ${error.message}`;
  return { ...error, message };
}
