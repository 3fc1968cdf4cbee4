// A configuration with which no request could ever be sent is an error at the start, not a request that is tried for ever.
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/kubernetes/transport.ts';

const kubeconfig = (cluster: object, context: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster }],
    contexts: [{ name: 'x', context: { cluster: 'a', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
    'current-context': context,
  });

const connecting = (cluster: object, context = 'x') =>
  connect({ userAgent: 'test', load: (config) => config.loadFromString(kubeconfig(cluster, context)) });

describe('the address of the API server', () => {
  test.each([
    [
      { server: 'http://127.0.0.1:1' },
      'x',
      'is at http://127.0.0.1:1: write an address that begins with https://',
    ],
    [
      { server: 'http://localhost:8080' },
      'x',
      'there is neither a kubeconfig nor the service account of a pod',
    ],
    [{ server: 'https://127.0.0.1:1' }, 'other', 'has no API server for its current context'],
  ])('%j, with context %s, is refused', (cluster, context, why) => {
    expect(() => connecting(cluster, context)).toThrow(why);
  });

  test.each([
    [{ server: 'https://127.0.0.1:1' }],
    [{ server: 'http://127.0.0.1:1', 'insecure-skip-tls-verify': true }],
  ])('%j is accepted', async (cluster) => {
    const transport = connecting(cluster);
    await expect(transport.close()).resolves.toBeUndefined();
  });
});
