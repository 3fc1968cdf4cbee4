// What the controller is measured against: a program that only applies objects, over a fixed number of connections.
import { Pool } from 'undici';
import { collectionPath, pathOf, refOf, type KubeObject } from '../support/cluster.ts';

export type BareWriter = {
  /** Server-side apply; rejects if the server refuses it. `status` writes the status. */
  readonly apply: (object: KubeObject, part?: 'status') => Promise<KubeObject>;
  /** Every object of a kind, of all namespaces. */
  readonly list: (apiVersion: string, plural: string) => Promise<readonly KubeObject[]>;
  readonly remove: (object: KubeObject) => Promise<void>;
  /** Calls back for each event of a watch from now on, with the time of its arrival (`performance.now`). Returns once the watch is open. */
  readonly watch: (
    apiVersion: string,
    plural: string,
    onEvent: (object: KubeObject, at: number) => void,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

type KubeconfigJson = {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
};

/** `kubeconfig` is that of the test kit, as JSON. */
export function bareWriter(kubeconfig: string, connections: number): BareWriter {
  const { clusters, users } = JSON.parse(kubeconfig) as KubeconfigJson;
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const connect = { ca: Buffer.from(ca, 'base64') };
  const pool = new Pool(server, { connections, connect });
  const watches = new Pool(server, { connect, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${users[0].user.token}`, accept: 'application/json' };

  async function send(method: 'GET' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const answer = await pool.request({
      method,
      path,
      headers: { ...headers, 'content-type': 'application/apply-patch+yaml' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300 && !(method === 'DELETE' && answer.statusCode === 404))
      throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }

  return {
    apply: async (object, part) => {
      const path = `${pathOf(refOf(object))}${part === undefined ? '' : `/${part}`}`;
      return (await send('PATCH', `${path}?fieldManager=bare&force=true`, object)) as KubeObject;
    },
    list: async (apiVersion, plural) =>
      ((await send('GET', collectionPath({ apiVersion, plural }))) as { items: KubeObject[] }).items.map(
        (item) => ({ ...item, apiVersion }),
      ),
    remove: async (object) => void (await send('DELETE', pathOf(refOf(object)))),
    watch: async (apiVersion, plural, onEvent) => {
      const { body } = await watches.request({
        method: 'GET',
        path: `${collectionPath({ apiVersion, plural })}?watch=true`,
        headers,
      });
      void followed(body, onEvent);
    },
    close: async () => {
      await Promise.all([pool.destroy(), watches.destroy()]);
    },
  };
}

/** Ends with the connection. */
async function followed(
  body: AsyncIterable<Buffer>,
  onEvent: (object: KubeObject, at: number) => void,
): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of body) {
      const at = performance.now();
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onEvent((JSON.parse(line) as { object: KubeObject }).object, at);
    }
  } catch {
    // The pool was destroyed: the bench is over.
  }
}

/** Runs the tasks, `atOnce` at a time, in their order. */
export async function inParallel(tasks: readonly (() => Promise<unknown>)[], atOnce: number): Promise<void> {
  const next = tasks.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const task of next) await task();
    }),
  );
}
