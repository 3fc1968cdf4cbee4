// What counts as absent in an object. Knows no kind.

/**
 * The value without its fields that are null, at any depth, as a kube-apiserver reads it: it prunes or ignores them and then fills in defaults.
 * In the maps `labels` and `annotations` of metadata null is the empty text. An item of a list stays: it is refused there as here. Returns
 * the value itself if nothing in it is null.
 */
export const withoutNulls = (value: unknown): unknown => without(value, '', '');

/** `key` is the field that holds the value, `above` the one that holds that field. */
function without(value: unknown, key: string, above: string): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const kept = items.map((item) => (item === null ? null : without(item, '', '')));
    return kept.some((item, index) => item !== items[index]) ? kept : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const isText = above === 'metadata' && TEXT_MAPS.has(key);
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  const kept = fields.flatMap(([name, field]): readonly (readonly [string, unknown])[] => {
    if (field === null) return isText ? [[name, '']] : [];
    return [[name, without(field, name, key)]];
  });
  const isSame =
    kept.length === fields.length && kept.every(([, field], index) => field === fields[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}

const TEXT_MAPS: ReadonlySet<string> = new Set(['labels', 'annotations']);
