// Istio objects written by hand, for the tests of the kit itself.
import type { KubeObject } from '../../support/cluster.ts';

const NETWORKING = 'networking.istio.io/v1';

/** For pods with the label `app: red`. */
export const sidecar = (...hosts: readonly string[]): KubeObject => ({
  apiVersion: NETWORKING,
  kind: 'Sidecar',
  metadata: { name: 'red', namespace: 'red' },
  spec: {
    workloadSelector: { labels: { app: 'red' } },
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    egress: [{ hosts }],
  },
});
/** Names and certificates come from the test's own www.google.com. */
export const google: KubeObject = {
  apiVersion: NETWORKING,
  kind: 'ServiceEntry',
  metadata: { name: 'google', namespace: 'red' },
  spec: {
    hosts: ['www.google.com'],
    exportTo: ['.'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [
      { number: 443, name: 'tls', protocol: 'TLS' },
      { number: 80, name: 'http', protocol: 'HTTP' },
    ],
  },
};

/** Any address of 203.0.113.0/24, on the port of PostgreSQL. */
export const range: KubeObject = {
  apiVersion: NETWORKING,
  kind: 'ServiceEntry',
  metadata: { name: 'range', namespace: 'red' },
  spec: {
    hosts: ['range.invalid'],
    addresses: ['203.0.113.0/24'],
    exportTo: ['.'],
    location: 'MESH_EXTERNAL',
    resolution: 'NONE',
    ports: [{ number: 5432, name: 'tcp', protocol: 'TCP' }],
  },
};

/** A cluster that Envoy does not accept: what it leaves to the cluster, this type of cluster does not have. */
export const broken: KubeObject = {
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name: 'broken', namespace: 'red' },
  spec: {
    workloadSelector: { labels: { app: 'red' } },
    configPatches: [
      {
        applyTo: 'CLUSTER',
        match: { context: 'SIDECAR_OUTBOUND' },
        patch: {
          operation: 'ADD',
          value: { name: 'broken', type: 'STATIC', lb_policy: 'CLUSTER_PROVIDED' },
        },
      },
    ],
  },
};
