// What a plain scalar means to kubectl, which reads YAML 1.1 with Go's own additions. Source: go.yaml.in/yaml/v2 resolve.go, as
// sigs.k8s.io/yaml calls it. A test compares this file with kubectl itself.

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['', '~', ...cases('null')].map((word) => [word, null] as const),
  ...['y', 'Y', ...cases('yes'), ...cases('true'), ...cases('on')].map((word) => [word, true] as const),
  ...['n', 'N', ...cases('no'), ...cases('false'), ...cases('off')].map((word) => [word, false] as const),
]);

function cases(word: string): readonly string[] {
  return [word, `${word[0]?.toUpperCase()}${word.slice(1)}`, word.toUpperCase()];
}

/** `integer` keeps all digits, as a key of a mapping has them. */
export type PlainScalar =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null'; readonly value: null }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number };

export function plainScalar(text: string): PlainScalar {
  const word = WORDS.get(text);
  if (word === null) return { kind: 'null', value: null };
  if (word !== undefined) return { kind: 'boolean', value: word };
  if (NOT_FINITE.test(text)) return { kind: 'float', value: Number.NaN };
  if (!MAY_BE_NUMBER.test(text)) return { kind: 'text', value: text };
  const digits = MISPLACED_UNDERSCORE.test(text) ? text : text.replaceAll('_', '');
  const integer = integerOf(digits);
  if (integer !== undefined) return { kind: 'integer', value: integer };
  const float = FLOAT.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(float) ? { kind: 'float', value: float } : { kind: 'text', value: text };
}

const NOT_FINITE = /^([-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN))$/;

const MAY_BE_NUMBER = /^[-+.0-9]/;

/** Only a number that begins with a dot is read by Go's own parser, which demands a digit on both sides. */
const MISPLACED_UNDERSCORE = /^[.](.*[^0-9])?_|^[.].*_([^0-9]|$)/;

const FLOAT = /^[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]+)?$/;

const INTEGER =
  /^(?<sign>[-+]?)(0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<binary>[01]+)|0[oO]?(?<octal>[0-7]+)|(?<decimal>0|[1-9][0-9]*))$/;

/** A leading 0 means octal. A number that does not fit into 64 bits is none, as in Go. */
function integerOf(text: string): bigint | undefined {
  const groups = INTEGER.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { sign = '', hex, binary, octal, decimal } = groups;
  const size = BigInt(
    (hex !== undefined && `0x${hex}`) ||
      (binary !== undefined && `0b${binary}`) ||
      (octal !== undefined && `0o${octal}`) ||
      (decimal ?? '0'),
  );
  const value = sign === '-' ? -size : size;
  const largest = sign === '' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  return value < -(2n ** 63n) || value > largest ? undefined : value;
}
