// Kubernetes objects as text. Names and hosts in them may come from anybody, so no character of theirs reaches a terminal as it is.
import { Document, Scalar, visit } from 'yaml';

/** One document for each object; strings with control or invisible characters are quoted and escaped. */
export const yamlOf = (objects: readonly unknown[]): string => objects.map(documentText).join('---\n');

export const jsonListOf = (items: readonly unknown[]): string =>
  jsonOf({ apiVersion: 'v1', kind: 'List', items });

export const jsonOf = (value: object): string => escapedUnits(`${JSON.stringify(value, undefined, 2)}\n`);

/** All but the line feed, which both formats write between lines only. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function documentText(object: unknown): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.search(UNPRINTABLE) !== -1) {
        scalar.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  return document.toString().replaceAll(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)?.toString(16) ?? '';
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** JSON escapes UTF-16 code units. */
const escapedUnits = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
