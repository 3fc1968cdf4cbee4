// What to write for ports that are in a wrong place or form, with the numbers that the author gave.
import { PROTOCOLS } from '../network.ts';
import { valueAt } from '../problem.ts';

/** The port numbers in a value that is to be one, or a list of them. */
export const numbersIn = (value: unknown): readonly number[] =>
  (Array.isArray(value) ? value : [value])
    .filter((port) => typeof port !== 'boolean')
    .map(Number)
    .filter((port) => Number.isInteger(port) && port > 0 && port <= 65535);

/** What to write for a value that is no list of ports: `ports: [{port: 443}]`. */
export function portsExample(value: unknown): string {
  const ports = numbersIn(
    Array.isArray(value) || typeof value !== 'object' ? value : valueAt(value, ['port']),
  );
  return `ports: [{port: ${ports[0] ?? 443}}]`;
}

/** The ports that an entry is to have which has `port` or `protocol` of its own. */
export function portsOfEntry(entry: unknown): string {
  const [given] = numbersIn(valueAt(entry, ['port']));
  if (valueAt(entry, ['host']) === undefined) {
    return `ports: [{port: ${given ?? (valueAt(entry, ['cidr']) === undefined ? 443 : 5432)}}]`;
  }
  const protocol = PROTOCOLS.find((known) => known === valueAt(entry, ['protocol']));
  const port = given ?? (protocol === 'HTTP' ? 80 : 443);
  const needed = protocol ?? (port === 80 || port === 443 ? undefined : 'TLS');
  return `ports: [{port: ${port}${needed === undefined ? '' : `, protocol: ${needed}`}}]`;
}

/** What to do with a `protocol` beside the kind of an entry. */
export function protocolOfEntry(entry: unknown): string {
  if (valueAt(entry, ['cidr']) !== undefined) return 'remove it, since a cidr is always called over TCP';
  if (valueAt(entry, ['host']) === undefined)
    return 'remove it, since Istio takes the protocol from the Service or ServiceEntry';
  return `write it in ports, such as ${portsOfEntry(entry)}`;
}
