// Istio objects written by hand, for the tests of the mesh kit.
import type { KubeObject } from '../../support/cluster.ts';

const NETWORKING = 'networking.istio.io/v1';

/** A Sidecar for pods with the label `app: red`. */
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
/** Registers the external test server www.google.com. */
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

/** Adds a cluster that Envoy rejects: type STATIC has no load balancer for CLUSTER_PROVIDED. */
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
