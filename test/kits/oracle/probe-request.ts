// The request and the response of the oracle, as in protocol.go, which documents each field.
import type { KubeObject } from '../../support/cluster.ts';

/** The state of a cluster, the pods whose calls are judged, and the calls. */
export type ProbeRequest = {
  /** MeshConfig, as YAML or as an object, over Istio's defaults. */
  readonly mesh?: string | Readonly<Record<string, unknown>>;
  /**
   * Kubernetes and Istio objects as the API server would return them: Services with their `clusterIP`, ServiceEntries
   * with the addresses that istiod allocated in `status`. Objects without a creationTimestamp all have the same age.
   */
  readonly objects: readonly KubeObject[];
  readonly proxies: readonly Proxy[];
  readonly probes: readonly Probe[];
  /** Requests the errors and warnings of the API server (schema and CEL) and of istiod's webhook for each Istio object. */
  readonly validate?: boolean;
  /** Requests the messages of istioctl's analyzers. */
  readonly analyze?: boolean;
  /** Requests the listeners, clusters and virtual hosts of each proxy. */
  readonly dump?: boolean;
  /** Requests how each call travels, for comparison: as hashes, or as the configuration itself. */
  readonly detail?: 'hashes' | 'json';
};

/** A pod with a sidecar. istiod's look-up of the Pod object does not run: its labels are those given here. */
export type Proxy = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
  /** The version that the proxy reports; default 1.31.0. */
  readonly istioVersion?: string;
  readonly dnsCapture?: boolean;
};

type Destination = {
  /** Index into `proxies`. */
  readonly proxy: number;
  readonly address: string;
  readonly port: number;
};

/** A call as an application makes it. Without `host`, HTTP sends what clients send: address and port. */
export type Probe = Destination &
  (
    | {
        readonly protocol: 'http' | 'http2';
        readonly host?: string;
        readonly path?: string;
        readonly method?: string;
        readonly headers?: Readonly<Record<string, string>>;
      }
    | { readonly protocol: 'tls'; readonly sni?: string }
    | { readonly protocol: 'tcp' }
  );

/** Why a call does not leave the pod; probe.go documents each reason. */
export type Reason =
  | 'no-listener'
  | 'no-chain'
  | 'ambiguous-chain'
  | 'protocol-error'
  | 'no-vhost'
  | 'no-route'
  | 'block-all'
  | 'direct-response'
  | 'redirect'
  | 'black-hole'
  | 'missing-cluster'
  | 'no-forward-proxy'
  | 'no-destination';

/** The path that the call took through Envoy, as far as it got. */
type EnvoyPath = {
  readonly listener?: string;
  readonly chain?: string;
  readonly routeConfig?: string;
  readonly vhost?: string;
  readonly route?: string;
  /** Every destination where a VirtualService splits the traffic. `cluster` is then the first that can be reached, or else the first. */
  readonly weighted?: readonly {
    readonly cluster: string;
    readonly type?: string;
    readonly weight: number;
    readonly why?: Reason;
  }[];
  /** Present where the request asks for it and the call reaches a filter. */
  readonly detail?: TravelDetail;
};

/** Parts of Envoy's configuration, each a hash or canonical JSON: two calls travel the same if the parts are equal. */
export type TravelDetail = {
  readonly route?: string;
  readonly http?: string;
  readonly tcp?: string;
  /** Every cluster that gets a share or a mirror of the calls, by name; `missing` for one that does not exist. */
  readonly clusters?: Readonly<Record<string, string>>;
  readonly timeout?: string;
  readonly mirrors?: readonly string[];
};

/**
 * `clusterType` is EDS, STRICT_DNS, LOGICAL_DNS, ORIGINAL_DST, STATIC, DFP (dynamic forward proxy), or the name of
 * another extension. A split call is allowed if a share of the calls leaves.
 */
export type ProbeResult = EnvoyPath &
  (
    | { readonly verdict: 'allowed'; readonly cluster: string; readonly clusterType: string }
    | {
        readonly verdict: 'blocked';
        readonly why: Reason;
        readonly cluster?: string;
        readonly clusterType?: string;
      }
  );

/** What istiod generates for the outbound calls of one pod, each list ordered by name. */
export type Dump = {
  /** Clusters that a listener names, the inbound listener included, and that the proxy does not have. */
  readonly dangling: readonly string[];
  readonly listeners: readonly { readonly name: string; readonly chains: readonly string[] }[];
  readonly clusters: readonly { readonly name: string; readonly type: string }[];
  readonly virtualHosts: readonly {
    readonly routeConfig: string;
    readonly name: string;
    readonly domains: readonly string[];
  }[];
};

/** `object` is `Kind namespace/name`. */
export type Finding = {
  readonly object: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
};

export type Message = {
  readonly code: string;
  readonly level: 'Error' | 'Warning' | 'Info';
  readonly object: string;
  readonly message: string;
};

export type OracleAnswer = {
  /** In the order of the request's proxies. `sidecar` is the governing Sidecar's `namespace/name`, or `default`. */
  readonly proxies: readonly { readonly sidecar: string; readonly dump?: Dump }[];
  /** In the order of the request's probes. */
  readonly results: readonly ProbeResult[];
  /** The objects with errors or warnings; empty unless `validate` was set. */
  readonly validation: readonly Finding[];
  /** Empty unless `analyze` was set. Ordered by code, object and text. */
  readonly messages: readonly Message[];
};
