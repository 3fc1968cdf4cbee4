// What counts as absent in an object. Knows no kind.

/**
 * The value without its fields that are null, at any depth, as a kube-apiserver reads it: it prunes or ignores them and then fills in defaults.
 * In the maps `labels` and `annotations` of metadata null is the empty text. An item of a list stays: it is refused there as here. Returns
 * the value itself if nothing in it is null.
 */
export const withoutNulls = (value: unknown): unknown =>
  hasNullField(value) ? without(value, '', '') : value;

/** Nearly no object has one, so nothing is made before it is known. */
function hasNullField(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasNullField);
  if (!isRecord(value)) return false;
  for (const name in value) if (value[name] === null || hasNullField(value[name])) return true;
  return false;
}

/** `key` is the field that holds the value, `above` the one that holds that field. */
function without(value: unknown, key: string, above: string): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, '', ''));
  if (!isRecord(value)) return value;
  const inPlaceOfNull = above === 'metadata' && TEXT_MAPS.has(key) ? '' : undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const kept = field === null ? inPlaceOfNull : without(field, name, key);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const TEXT_MAPS: ReadonlySet<string> = new Set(['labels', 'annotations']);
