// The ground of the proxy's own tests: an API server, a proxy before it, and a client that goes through the proxy.
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
  /** The names of the server's config maps, asked behind the proxy's back. */
  readonly stored: () => Promise<readonly string[]>;
};

/** Sets the ground up anew for each test of the file; what it returns is to be asked within tests. */
export function behindProxy(): () => BehindProxy {
  let ground: BehindProxy;
  beforeEach(async () => {
    const server = await startApiServer();
    const proxy = await startFaultProxy(server);
    const wire = openWire(proxy.kubeconfig);
    ground = {
      server,
      proxy,
      wire,
      create: (name) => wire.send('POST', MAPS, { metadata: { name } }),
      stored: () => storedIn(server),
    };
  });
  afterEach(async () => {
    await ground.wire.close();
    await ground.proxy.stop();
    await ground.server.stop();
  });
  return () => ground;
}

async function storedIn(server: ApiServer): Promise<readonly string[]> {
  const direct = openWire(server.kubeconfig);
  const { body } = await direct.send('GET', MAPS);
  await direct.close();
  return body.items.map(({ metadata }) => metadata.name);
}
