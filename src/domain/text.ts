// Text that people read in a terminal. Knows nothing about its meaning.

/** Control and invisible characters: C0, C1, direction marks, line separators, unpaired surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The text with each control or invisible character as `\u{1b}`, so that a terminal shows it and does not obey it. Escaping an
 * escaped text changes nothing.
 */
export const escaped = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/**
 * A text on a line of its own. A line that begins with `::` or `##[` would be a command to the runner of a GitHub workflow, so a first `:` or
 * `#` is escaped too.
 */
export const escapedLine = (text: string): string =>
  escaped(text).replace(
    /^(\s*)(::|##\[)/,
    (_start, space: string, [first = '', ...rest]: string) =>
      `${space}\\u{${first.codePointAt(0)?.toString(16)}}${rest.join('')}`,
  );
