// What is wrong with a text that a person wrote, and where. Knows no diagnostic and no schema.
import { escaped } from './text.ts';

/** `path` leads from the root of the object: `['spec', 'allow', 0, 'host']`. The message says what is wrong and what to do. */
export type Problem = { readonly path: readonly (string | number)[]; readonly message: string };

/** `spec.allow[0].host: is not a valid DNS name: ...`. */
export const problemText = ({ path, message }: Problem): string => escaped(`${pathText(path)}: ${message}`);

/** `['spec', 'allow', 0, 'host']` gives `spec.allow[0].host`. */
export function pathText(path: readonly (string | number)[]): string {
  const parts = path.map((part, index) =>
    typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`,
  );
  return escaped(parts.join(''));
}

/** The value at a path from `value`; `undefined` where there is none. */
export function valueAt(value: unknown, path: Problem['path']): unknown {
  return path.reduce<unknown>((within, part) => {
    if (typeof within !== 'object' || within === null) return undefined;
    return new Map<string | number, unknown>(Object.entries(within)).get(String(part));
  }, value);
}
