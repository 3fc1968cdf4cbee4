// Lists in the messages of a status: bounded, with how much is left out.

const MAX_ITEMS = 50;
/** In characters: the messages of all conditions together stay far below what the API server stores. */
const MAX_LENGTH = 7_000;

/** The first items, and how many more there are: `a; b; and 3 more`. */
export function listText(items: readonly string[], separator: ', ' | '; '): string {
  const shown: string[] = [];
  let length = 0;
  for (const item of items.slice(0, MAX_ITEMS)) {
    length += item.length + separator.length;
    if (length > MAX_LENGTH && shown.length > 0) break;
    shown.push(cutText(item, MAX_LENGTH));
  }
  const left = items.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(separator);
}

/** The text, or its first `max` characters and how many more there are. */
export const cutText = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max)}... and ${text.length - max} characters more`;
