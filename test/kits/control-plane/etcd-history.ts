// Reads every version of every object that an API server has stored, from its etcd: none is missing, whoever was down meanwhile.
import { Agent, request } from 'undici';
import { z } from 'zod';

/** One version of one stored object, or its deletion. */
export type StoredVersion = {
  /** Grows with each write to the cluster. The `resourceVersion` of this version. */
  readonly revision: number;
  /** Such as `/registry/networking.istio.io/sidecars/NAMESPACE/NAME`. */
  readonly key: string;
  /** As it is stored; absent for a deletion. */
  readonly object?: unknown;
};

export type EtcdHistory = {
  /** The revision of the last write. */
  readonly revision: () => Promise<number>;
  /** What was written after a revision to objects of custom resources of an API group, in order. Throws where versions are missing. */
  readonly since: (revision: number, group: string) => Promise<readonly StoredVersion[]>;
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** A key after every object; its write ends the history that is read. */
const END = '/zzz-end-of-history';

const Header = z.object({ header: z.object({ revision: z.coerce.number() }) });
const Line = z.object({
  result: z.object({
    canceled: z.boolean().optional(),
    compact_revision: z.string().optional(),
    events: z
      .array(
        z.object({
          type: z.string().default('PUT'),
          kv: z.object({ key: z.string(), value: z.string().default(''), mod_revision: z.coerce.number() }),
        }),
      )
      .default([]),
  }),
});

/** `url` is that of etcd's client port. */
export function etcdHistory(url: string): EtcdHistory {
  const put = async (): Promise<number> => {
    const { body } = await request(`${url}/v3/kv/put`, {
      method: 'POST',
      body: JSON.stringify({ key: base64(END), value: '' }),
    });
    return Header.parse(await body.json()).header.revision;
  };
  return {
    revision: put,
    since: async (revision, group) => {
      const end = await put();
      const versions: StoredVersion[] = [];
      for await (const event of events(url, revision + 1, end)) {
        const key = plain(event.kv.key);
        if (!key.startsWith(`/registry/${group}/`)) continue;
        const version = { revision: event.kv.mod_revision, key };
        const object: unknown = event.type === 'DELETE' ? undefined : JSON.parse(plain(event.kv.value));
        versions.push(object === undefined ? version : { ...version, object });
      }
      return versions;
    },
  };
}

type StoredEvent = z.infer<typeof Line>['result']['events'][number];

/** The writes of all keys from one revision to another, both included. */
async function* events(url: string, from: number, to: number): AsyncGenerator<StoredEvent> {
  const dispatcher = new Agent();
  // A key and an end of one zero byte: all keys.
  const create_request = { key: 'AA==', range_end: 'AA==', start_revision: String(from) };
  try {
    const { body } = await request(`${url}/v3/watch`, {
      method: 'POST',
      dispatcher,
      body: JSON.stringify({ create_request }),
    });
    let rest = '';
    body.setEncoding('utf8');
    for await (const chunk of body) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { result } = Line.parse(JSON.parse(line));
        if (result.canceled === true)
          throw new Error(`etcd has dropped versions: ${result.compact_revision ?? ''}`);
        for (const event of result.events) {
          if (event.kv.mod_revision <= to) yield event;
          if (event.kv.mod_revision >= to) return;
        }
      }
    }
    throw new Error('etcd ended before the end of the history');
  } finally {
    await dispatcher.destroy();
  }
}
