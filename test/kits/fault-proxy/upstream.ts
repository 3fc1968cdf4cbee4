// The connection from the proxy to its API server, with the credentials of a kubeconfig.
import { Agent, request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as SecureAgent, request as requestHttps, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

export type Upstream = {
  /** Sends a request. Resolves with the response's head; rejects if the connection fails or breaks. */
  readonly send: (
    method: string,
    target: string,
    headers: OutgoingHttpHeaders,
    body: Buffer,
  ) => Promise<IncomingMessage>;
  /** Closes every connection. */
  readonly close: () => void;
};

/** Connects to the current cluster of a kubeconfig as its current user. */
export function upstreamOf(kubeconfig: string): Upstream {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('kubeconfig without a current cluster');
  const { protocol, hostname, port } = new URL(cluster.server);
  const secure = protocol === 'https:';
  const agent = secure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  return {
    send: async (method, path, headers, body) => {
      const options: RequestOptions = { hostname, port, method, path, headers: { ...headers } };
      if (secure || cluster.skipTLSVerify) await config.applyToHTTPSOptions(options);
      return new Promise((resolve, reject) => {
        // One agent for all requests: the kubeconfig would make one for each request.
        const request = (secure ? requestHttps : requestHttp)({ ...options, agent }, resolve);
        request.once('error', reject);
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
