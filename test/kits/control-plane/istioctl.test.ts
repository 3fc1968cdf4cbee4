// How the kit reads what istioctl prints, on the smallest texts that give a finding.
import { describe, expect, test } from 'vitest';
import { ensureBinaries } from './binaries.ts';
import { analyze, validate } from './istioctl.ts';
import { realParts } from './real-parts.ts';

const sidecar = (name: string, hosts: readonly string[]): string =>
  JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name, namespace: 'red' },
    spec: { workloadSelector: { labels: { app: 'red' } }, egress: [{ hosts }] },
  });
const serviceEntryWithoutAddress = JSON.stringify({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'database', namespace: 'red' },
  spec: {
    hosts: ['database.example.com'],
    ports: [{ number: 5432, name: 'tcp', protocol: 'TCP' }],
    resolution: 'NONE',
  },
});
const codes = async (meshConfig: string) =>
  (await analyze([serviceEntryWithoutAddress], { meshConfig })).map(({ code }) => code);

describe.runIf(await realParts(ensureBinaries()))('istioctl', () => {
  test('validate finds nothing in a valid Sidecar', async () => {
    expect(await validate(sidecar('good', ['green/*']))).toEqual([]);
  });

  test('validate returns errors and warnings with their objects', async () => {
    const text = [sidecar('bad', ['green']), serviceEntryWithoutAddress].join('\n---\n');
    expect(await validate(text)).toEqual([
      {
        severity: 'warning',
        kind: 'ServiceEntry',
        namespace: 'red',
        name: 'database',
        message: expect.stringContaining('addresses are required') as string,
      },
      {
        severity: 'error',
        kind: 'Sidecar',
        namespace: 'red',
        name: 'bad',
        message: 'host must be of form namespace/dnsName',
      },
    ]);
  });

  test('validate throws on a text that is not YAML', async () => {
    await expect(validate('kind: [')).rejects.toThrow('istioctl validate');
  });

  test('analyze reports the code, the level and the object', async () => {
    const messages = await analyze([sidecar('good', ['green/*']), sidecar('bad', ['green'])]);
    expect(messages).toEqual([
      expect.objectContaining({ code: 'IST0106', level: 'Error', origin: 'Sidecar red/bad' }),
    ]);
  });

  test('analyze uses the given mesh configuration', async () => {
    const allocating = { ISTIO_META_DNS_CAPTURE: 'true', ISTIO_META_DNS_AUTO_ALLOCATE: 'true' };
    expect(await codes('{}')).toContain('IST0134');
    expect(await codes(JSON.stringify({ defaultConfig: { proxyMetadata: allocating } }))).not.toContain(
      'IST0134',
    );
  });

  test('analyze throws on a text that is not YAML', async () => {
    await expect(analyze(['kind: ['])).rejects.toThrow('istioctl analyze');
  });
});
