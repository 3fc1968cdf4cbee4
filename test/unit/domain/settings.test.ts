import { expect, test } from 'vitest';
import { parseSettings } from '../../../src/domain/settings.ts';

test('the defaults are the usual domain and its DNS', () => {
  expect(parseSettings({})).toEqual({
    ok: true,
    value: {
      clusterDomain: 'cluster.local',
      platformHosts: ['kube-system/kube-dns.kube-system.svc.cluster.local'],
      clusterCidrs: [],
      remoteJwks: false,
      maxServiceEntries: { perIntent: 512, perNamespace: 4_096 },
      trustedNamespaces: [],
    },
  });
});

test('the default DNS follows the domain', () => {
  expect(parseSettings({ clusterDomain: 'corp.internal' })).toMatchObject({
    value: { platformHosts: ['kube-system/kube-dns.kube-system.svc.corp.internal'] },
  });
});

test.each(['istio-system/*', 'entries/api.example.com', 'entries/*.example.com'])(
  '%s is a platform host',
  (host) => {
    expect(parseSettings({ platformHosts: [host] }).ok).toBe(true);
  },
);

// A wildcard namespace can be captured by any ServiceEntry of the app's own namespace, so it is no platform host.
test.each(['*/*', '*/api.example.com', './*', '~/*', 'istio-system', 'a/b', 'a/1.2.3.4:80', ''])(
  '%j is no platform host',
  (host) => {
    expect(parseSettings({ platformHosts: [host] })).toMatchObject({
      ok: false,
      error: [{ path: ['platformHosts', 0] }],
    });
  },
);

test('every problem is reported', () => {
  const settings = parseSettings({
    clusterDomain: '-',
    platformHosts: ['x'],
    clusterCidrs: ['y', '0.0.0.0/0'],
  });
  expect(settings.ok ? 0 : settings.error.length).toBe(4);
});

test.each([
  ['1.31', 31],
  ['1.30.3', 30],
  ['1.32-dev', 32],
  ['1.29.0-rc.1', 29],
  ['2.0', undefined],
  ['latest', undefined],
])('the version %s has the minor %s', (istioVersion, minor) => {
  const settings = parseSettings({ istioVersion });
  expect(settings.ok ? settings.value.istioVersion?.minor : undefined).toBe(minor);
});
