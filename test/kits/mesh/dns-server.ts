// A DNS server on UDP and TCP, run as a process in the mesh's network:
//     node dns-server.ts ADDRESS RECORDS_FILE
// The file is a JSON object from names, without a final dot, to lists of IPv4 addresses. It is read for each
// question, so that a name resolves as soon as it is written.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode, streamDecode, streamEncode } from 'dns-packet';
import type { Packet } from 'dns-packet';

const [address = '', recordsFile = ''] = process.argv.slice(2);
const NXDOMAIN = 3;
const TTL_SECONDS = 1;

const udp = createSocket('udp4');
udp.on('message', (message, { port, address: client }) => {
  udp.send(encode(answer(decode(message))), port, client);
});
udp.bind(53, address);

const tcp = createServer((connection) => {
  let received = Buffer.alloc(0);
  connection.on('data', (data) => {
    received = Buffer.concat([received, data]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const size = 2 + received.readUInt16BE(0);
      connection.write(streamEncode(answer(streamDecode(received.subarray(0, size)))));
      received = received.subarray(size);
    }
  });
  connection.on('error', () => connection.destroy());
});
tcp.listen(53, address);

/** A name that exists has no error, and no answer for what is not type A; others do not exist. */
function answer(query: Packet): Packet {
  const [question] = query.questions ?? [];
  const records = JSON.parse(readFileSync(recordsFile, 'utf8')) as Readonly<
    Record<string, readonly string[]>
  >;
  const known = question === undefined ? undefined : records[question.name.toLowerCase()];
  const wanted = question?.type === 'A' ? (known ?? []) : [];
  return {
    id: query.id ?? 0,
    type: 'response',
    flags: AUTHORITATIVE_ANSWER | (known === undefined ? NXDOMAIN : 0),
    questions: query.questions ?? [],
    answers: wanted.map((data) => ({ type: 'A', name: question?.name ?? '', ttl: TTL_SECONDS, data })),
  };
}
