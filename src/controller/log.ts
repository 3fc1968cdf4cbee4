// The log of the controller: lines of JSON, each of bounded length, whatever names and texts of the cluster it holds.
import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './config.ts';

/** The most items of a list in a line. */
const MAX_ITEMS = 20;
/** The most bytes of the fields of a line; with what is around them, a line has at most 8 KB. */
const MAX_BYTES = 7_500;
/** The most characters of a text: the first that makes a line short enough. */
const TEXT_LIMITS = [4_000, 1_000, 250, 60, 10];

/** Without a destination, the log goes to standard output. */
export function createLog(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: boundedFields },
    serializers: { err: (error: Error) => boundedFields({ ...stdSerializers.err(error) }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** The fields with shorter texts and lists; each says how much it leaves out. */
export function boundedFields(fields: Record<string, unknown>): Record<string, unknown> {
  const { err: error, ...rest } = fields;
  const withError = (shorter: Record<string, unknown>) =>
    error === undefined ? shorter : { ...shorter, err: error };
  for (const limit of TEXT_LIMITS) {
    const bounded = boundedObject(rest, limit);
    if (Buffer.byteLength(JSON.stringify(bounded)) <= MAX_BYTES) return withError(bounded);
  }
  return withError({ omitted: 'the fields of this line, which are too long' });
}

const boundedObject = (fields: object, limit: number): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, boundedValue(value, limit)]));

function boundedValue(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return boundedText(value, limit);
  if (Array.isArray(value)) return boundedList(value, limit);
  return typeof value === 'object' && value !== null ? boundedObject(value, limit) : value;
}

const boundedText = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}... and ${text.length - limit} characters more`;

function boundedList(items: readonly unknown[], limit: number): readonly unknown[] {
  const shown = items.slice(0, MAX_ITEMS).map((item) => boundedValue(item, limit));
  return items.length > MAX_ITEMS ? [...shown, `... and ${items.length - MAX_ITEMS} more`] : shown;
}
