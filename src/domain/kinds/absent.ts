// What counts as absent in an object. Knows no kind.

/**
 * The value without its fields that are null, at any depth, as a kube-apiserver reads it: it prunes or ignores them and then fills in defaults.
 * In the maps `labels` and `annotations` of metadata null is the empty text. An item of a list stays: it is refused there as here. Returns
 * the value itself if nothing in it is null.
 */
export const withoutNulls = (value: unknown): unknown => without(value, '', '');

/** `key` is the field that holds the value, `above` the one that holds that field. */
function without(value: unknown, key: string, above: string): unknown {
  if (Array.isArray(value)) return withoutInItems(value);
  if (!isRecord(value)) return value;
  const names = Object.keys(value);
  const inPlaceOfNull = above === 'metadata' && TEXT_MAPS.has(key) ? '' : undefined;
  // Nearly every object is returned as it is, so nothing is made before there is a difference.
  let changes: Map<string, unknown> | undefined;
  for (const name of names) {
    const field = value[name];
    const stays = field === null ? inPlaceOfNull : without(field, name, key);
    if (stays !== field) (changes ??= new Map<string, unknown>()).set(name, stays);
  }
  if (changes === undefined) return value;
  const kept = names.filter((name) => value[name] !== null || inPlaceOfNull !== undefined);
  return Object.fromEntries(kept.map((name) => [name, changes.has(name) ? changes.get(name) : value[name]]));
}

function withoutInItems(items: readonly unknown[]): unknown {
  const kept = items.map((item) => without(item, '', ''));
  return kept.every((item, index) => item === items[index]) ? items : kept;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const TEXT_MAPS: ReadonlySet<string> = new Set(['labels', 'annotations']);
