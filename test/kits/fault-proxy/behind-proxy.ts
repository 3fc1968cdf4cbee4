// The fixture of the proxy's tests: an API server, a proxy in front of it, and a client that uses the proxy.
import { afterEach, beforeEach } from 'vitest';
import { openWire, type Reply, type Wire } from '../api-server/conformance/wire.ts';
import { startApiServer, type ApiServer } from '../api-server/server.ts';
import { startFaultProxy, type FaultProxy } from './proxy.ts';

export const MAPS = '/api/v1/namespaces/default/configmaps';

export type BehindProxy = {
  readonly server: ApiServer;
  readonly proxy: FaultProxy;
  readonly wire: Wire;
  /** Creates a config map, through the proxy. */
  readonly create: (name: string) => Promise<Reply>;
  /** The names of the server's config maps, read without the proxy. */
  readonly stored: () => Promise<readonly string[]>;
};

/** Makes a new fixture for each test of the file. Call the returned function within tests. */
export function behindProxy(): () => BehindProxy {
  let fixture: BehindProxy;
  beforeEach(async () => {
    const server = await startApiServer();
    const proxy = await startFaultProxy(server);
    const wire = openWire(proxy.kubeconfig);
    fixture = {
      server,
      proxy,
      wire,
      create: (name) => wire.send('POST', MAPS, { metadata: { name } }),
      stored: () => namesIn(server),
    };
  });
  afterEach(async () => {
    await fixture.wire.close();
    await fixture.proxy.stop();
    await fixture.server.stop();
  });
  return () => fixture;
}

async function namesIn(server: ApiServer): Promise<readonly string[]> {
  const direct = openWire(server.kubeconfig);
  const { body } = await direct.send('GET', MAPS);
  await direct.close();
  return body.items.map(({ metadata }) => metadata.name);
}
