// Every version of every object of a collection, as a watch of its own sees it.
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import { collectionPath, type KubeObject, type Ref } from './cluster.ts';

export type Version = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject };

export type VersionLog = {
  /** In the order of the API server; those of objects that exist at the start come first. */
  readonly versions: () => readonly Version[];
  readonly stop: () => Promise<void>;
};

/** Resolves once the watch is open. It is never resumed, so that no version can be missed unnoticed. */
export async function everyVersionOf(kubeconfig: string, collection: Omit<Ref, 'name'>): Promise<VersionLog> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const { server = '', caData, skipTLSVerify } = config.getCurrentCluster() ?? {};
  const ca = caData === undefined ? undefined : Buffer.from(caData, 'base64');
  const dispatcher = new Agent({
    connect: { ca, rejectUnauthorized: skipTLSVerify !== true },
    bodyTimeout: 0,
  });
  const url = `${server}${collectionPath(collection)}?watch=true&resourceVersion=0&timeoutSeconds=3600`;
  const context = new RequestContext(url, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const { body } = await request(url, { dispatcher, headers: context.getHeaders() });
  const versions: Version[] = [];
  const reading = (async () => {
    let rest = '';
    body.setEncoding('utf8');
    for await (const chunk of body) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      versions.push(...lines.map((line) => JSON.parse(line) as Version));
    }
  })().catch(() => undefined);
  return {
    versions: () => versions,
    stop: async () => {
      await dispatcher.destroy();
      await reading;
    },
  };
}
