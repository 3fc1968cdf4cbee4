// A DNS server on UDP and TCP, run as a process in the mesh's network:
//     node dns-server.ts ADDRESS RECORDS_FILE
// The file is a JSON object that maps names, without a trailing dot, to lists of IPv4 addresses. The server reads it
// for each query, so a name resolves as soon as it is in the file.
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

/** A known name has answers for type A and none for other types. An unknown name gets NXDOMAIN. */
function answer(query: Packet): Packet {
  const [question] = query.questions ?? [];
  const records = JSON.parse(readFileSync(recordsFile, 'utf8')) as Readonly<
    Record<string, readonly string[]>
  >;
  const addresses = question === undefined ? undefined : records[question.name.toLowerCase()];
  const answers = question?.type === 'A' ? (addresses ?? []) : [];
  return {
    id: query.id ?? 0,
    type: 'response',
    flags: AUTHORITATIVE_ANSWER | (addresses === undefined ? NXDOMAIN : 0),
    questions: query.questions ?? [],
    answers: answers.map((data) => ({ type: 'A', name: question?.name ?? '', ttl: TTL_SECONDS, data })),
  };
}
