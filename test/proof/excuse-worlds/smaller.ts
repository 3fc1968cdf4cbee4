// Makes a world smaller while something about it holds.
import type { WorldSpec } from '../world-spec.ts';

type Holds = (world: WorldSpec) => Promise<boolean>;

/** What most worlds should have, so that a reader need not wonder about it. */
const USUAL: readonly Partial<WorldSpec>[] = [
  { istioVersion: '1.31' },
  { dnsCapture: false },
  { dnsAllowed: false },
  { exportToByDefault: [] },
];

/** Fields without which a world still has its type. */
const OPTIONAL: ReadonlySet<string> = new Set(
  'trusted routing moreHosts targetPort port ports weight exportTo gateways http tls tcp match mirror timeout retries rewrite subset subsets'.split(
    ' ',
  ),
);

/** The world without what can be left out of it so that the predicate, which holds for the world, still does. */
export async function smaller(world: WorldSpec, holds: Holds): Promise<WorldSpec> {
  let usual = world;
  for (const change of USUAL) {
    const changed = Object.assign(structuredClone(usual), change);
    if (await holds(changed)) usual = changed;
  }
  for (;;) {
    // Only items of lists and optional fields are left out, so that it stays a world.
    const less = (await without(usual, async (value) => holds(value as WorldSpec))) as WorldSpec;
    if (JSON.stringify(less) === JSON.stringify(usual)) return usual;
    usual = less;
  }
}

/** The value without items of lists and optional fields, at any depth. */
async function without(value: unknown, holds: (value: unknown) => Promise<boolean>): Promise<unknown> {
  if (Array.isArray(value)) return withoutItems(value, holds);
  if (typeof value !== 'object' || value === null) return value;
  let rest: Readonly<Record<string, unknown>> = { ...value };
  for (const [key, item] of Object.entries(value)) {
    const others = Object.fromEntries(Object.entries(rest).filter(([other]) => other !== key));
    if (OPTIONAL.has(key) && item !== '' && (await holds(others))) rest = others;
    else {
      const outer = rest;
      rest = { ...rest, [key]: await without(item, async (less) => holds({ ...outer, [key]: less })) };
    }
  }
  return rest;
}

async function withoutItems(
  list: readonly unknown[],
  holds: (value: unknown) => Promise<boolean>,
): Promise<readonly unknown[]> {
  if (list.length > 2 && (await holds([]))) return [];
  let rest = list;
  for (let at = rest.length - 1; at >= 0; at -= 1)
    if (await holds(rest.toSpliced(at, 1))) rest = rest.toSpliced(at, 1);
  for (const [at, item] of rest.entries()) {
    const outer = rest;
    rest = rest.with(at, await without(item, async (less) => holds(outer.with(at, less))));
  }
  return rest;
}
