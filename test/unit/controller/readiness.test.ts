// Why the controller is not ready: it names the kind, what the API server says, and what to do.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createContact, whyNotReady } from '../../../src/controller/readiness.ts';
import { startController } from '../../../src/controller/controller.ts';
import { DEFAULTS } from '../../../src/controller/config.ts';
import { WATCHED_KINDS } from '../../../src/cluster/kinds.ts';
import { connect as connectTransport } from '../../../src/kubernetes/transport.ts';
import { pino } from 'pino';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProxiedRequest } from '../../kits/fault-proxy/fault.ts';
import { startFaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { startApiServer } from '../../kits/api-server/server.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { eventually } from '../../support/cluster.ts';
import { settingsWith } from '../../support/compiler.ts';

describe('a kind', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each(WATCHED_KINDS)('%s counts as silent 2 minutes after the last sign of its watch', (kind) => {
    const contact = createContact(kind, () => true);
    contact.listed();
    vi.advanceTimersByTime(100_000);
    contact.heard();
    contact.failed({ kind: 'forbidden', message: '403 Forbidden: no\u001b[31m' });
    vi.advanceTimersByTime(120_000);
    expect(whyNotReady([contact.read()])).toEqual([]);
    vi.advanceTimersByTime(1_000);
    const [line = '', ...others] = whyNotReady([contact.read()]);
    expect(others).toEqual([]);
    expect(line).toContain(`nothing was heard of ${kind} for 121 s: 403 Forbidden: no`);
    expect(line).not.toContain('\u001b');
    contact.heard();
    expect(whyNotReady([contact.read()])).toEqual([]);
  });

  test('that the cluster lacks may be silent', () => {
    const contact = createContact('HTTPRoute', () => false);
    contact.listed();
    vi.advanceTimersByTime(1_000_000);
    expect(whyNotReady([contact.read()])).toEqual([]);
  });
});

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
};

/** What `/readyz` of a controller says against this API server, as soon as it says what is expected, or in the end. */
async function readinessAt(kubeconfig: string, expected: RegExp): Promise<{ status: number; text: string }> {
  const healthPort = await freePort();
  const controller = await startController({
    transport: connectTransport({ userAgent: 'test', load: (kube) => kube.loadFromString(kubeconfig) }),
    config: {
      ...DEFAULTS,
      istioNamespace: 'istio-system',
      settings: settingsWith(),
      healthPort,
      metricsPort: 0,
      debugPort: 0,
    },
    log: pino({ level: 'silent' }),
    version: 'test',
    onLost: () => undefined,
  });
  const read = async (): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  try {
    await eventually(async () => {
      if (!expected.test((await read()).text)) throw new Error('not yet');
    }).catch(() => undefined);
    return await read();
  } finally {
    await controller.stop();
  }
}

describe('/readyz', () => {
  test('names the CustomResourceDefinitions that are missing', async () => {
    const server = await startApiServer();
    try {
      for (const definition of ['egressintents.egressintent.io', 'sidecars.networking.istio.io']) {
        const expected = new RegExp(`create CustomResourceDefinition ${definition}`);
        const { status, text } = await readinessAt(server.kubeconfig, expected);
        expect(text).toMatch(expected);
        expect(status).toBe(503);
      }
    } finally {
      await server.stop();
    }
  });

  test.each(['services', 'egressintents', 'sidecars', 'configmaps'])(
    'names the kind of a list of %s that is forbidden, and what the API server says',
    async (plural) => {
      const server = await startServerWithCrds();
      const proxy = await startFaultProxy({ kubeconfig: server.kubeconfig });
      const isList = ({ method, path }: ProxiedRequest): boolean =>
        method === 'GET' && path.endsWith(`/${plural}`);
      const body = { kind: 'Status', reason: 'Forbidden', message: `cannot list resource "${plural}"` };
      proxy.inject({ when: isList, fault: { kind: 'status', status: 403, body } });
      try {
        const expected = new RegExp(
          `^\\w+ is not listed yet: 403 Forbidden: cannot list resource "${plural}"$`,
          'm',
        );
        const { status, text } = await readinessAt(proxy.kubeconfig, expected);
        expect(text).toMatch(expected);
        expect(status).toBe(503);
      } finally {
        await proxy.stop();
        await server.stop();
      }
    },
  );
});
