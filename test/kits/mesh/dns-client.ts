// Resolves a name to its IPv4 addresses with DNS over TCP, and prints them as a JSON list. Run as a process:
//     node dns-client.ts SERVER NAME
// Without a response it prints the reason to standard error and exits with 1: `closed`, `timeout` or an error.
import { connect } from 'node:net';
import { streamDecode, streamEncode } from 'dns-packet';
import { isClosedByPeer } from './answer.ts';

const [server = '', name = ''] = process.argv.slice(2);
const TIMEOUT_MS = 3_000;

const connection = connect({ host: server, port: 53, timeout: TIMEOUT_MS });
let received = Buffer.alloc(0);
connection.on('connect', () => {
  connection.write(streamEncode({ type: 'query', id: 1, questions: [{ type: 'A', name }] }));
});
connection.on('data', (data) => {
  received = Buffer.concat([received, data]);
  if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
  const { answers = [] } = streamDecode(received);
  const addresses = answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
  process.stdout.write(JSON.stringify(addresses));
  connection.end();
  process.exit(0);
});
connection.on('timeout', () => giveUp('timeout'));
connection.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  giveUp(isClosedByPeer(code) ? 'closed' : message);
});
connection.on('close', () => giveUp('closed'));

function giveUp(reason: string): never {
  process.stderr.write(reason);
  process.exit(1);
}
