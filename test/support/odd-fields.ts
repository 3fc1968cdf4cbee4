// Objects as pipelines and people write them: fields that are null or empty where the object has none. What a field means when it is null
// or empty in these ways is what it means when it is absent.
import type { KubeObject } from './cluster.ts';

type Json = null | string | readonly [] | Readonly<Record<string, never>>;

/** The fields of an object at one level that may be absent, with their odd spellings, and the levels below it. */
type Shape = {
  readonly odd: Readonly<Record<string, readonly Json[]>>;
  readonly below?: Readonly<Record<string, Shape>>;
};

const NULL = [null] as const;
const LIST = [null, []] as const;
const MAP = [null, {}] as const;
const TEXT = [null, ''] as const;

const METADATA: Shape = {
  odd: {
    labels: MAP,
    annotations: MAP,
    ownerReferences: LIST,
    finalizers: LIST,
    creationTimestamp: NULL,
    deletionTimestamp: NULL,
    deletionGracePeriodSeconds: NULL,
    uid: TEXT,
    generateName: TEXT,
    selfLink: NULL,
  },
};

const level = (odd: Shape['odd'], below: Shape['below'] = {}): Shape => ({ odd, below });
const RULE = level({ loadBalancer: NULL, connectionPool: NULL, outlierDetection: NULL, tls: NULL });
const TRAFFIC_POLICY = level(
  { ...RULE.odd, tunnel: NULL, portLevelSettings: LIST },
  { portLevelSettings: RULE, loadBalancer: level({ localityLbSetting: NULL }) },
);
const DESTINATION = level({ subset: TEXT, port: NULL });
const WEIGHTED = level({ headers: NULL, weight: NULL }, { destination: DESTINATION });
const MATCH = level({ port: NULL, gateways: LIST, sourceLabels: MAP, sourceNamespace: TEXT });
const L4_ROUTE = level({ match: LIST }, { match: MATCH, route: WEIGHTED });

const SPECS: Readonly<Record<string, Shape>> = {
  Service: level(
    {
      selector: MAP,
      externalName: TEXT,
      type: NULL,
      externalIPs: LIST,
      sessionAffinity: NULL,
      clusterIP: TEXT,
    },
    { ports: level({ appProtocol: NULL, targetPort: NULL, nodePort: NULL, protocol: NULL }) },
  ),
  ServiceEntry: level(
    {
      addresses: LIST,
      exportTo: LIST,
      endpoints: LIST,
      subjectAltNames: LIST,
      workloadSelector: NULL,
      location: NULL,
    },
    { ports: level({ targetPort: NULL }), endpoints: level({ ports: NULL, labels: MAP, locality: TEXT }) },
  ),
  Sidecar: level(
    { workloadSelector: NULL, ingress: LIST, outboundTrafficPolicy: NULL, inboundConnectionPool: NULL },
    { egress: level({ port: NULL, bind: TEXT, captureMode: NULL }) },
  ),
  VirtualService: level(
    { gateways: LIST, exportTo: LIST, http: LIST, tls: LIST, tcp: LIST },
    {
      http: level(
        {
          match: LIST,
          mirror: NULL,
          mirrors: LIST,
          delegate: NULL,
          timeout: NULL,
          retries: NULL,
          headers: NULL,
          name: TEXT,
        },
        { match: MATCH, route: WEIGHTED },
      ),
      tls: L4_ROUTE,
      tcp: L4_ROUTE,
    },
  ),
  DestinationRule: level(
    { exportTo: LIST, subsets: LIST, trafficPolicy: NULL, workloadSelector: NULL },
    {
      trafficPolicy: TRAFFIC_POLICY,
      subsets: level({ labels: MAP, trafficPolicy: NULL }, { trafficPolicy: TRAFFIC_POLICY }),
    },
  ),
  EnvoyFilter: level({ workloadSelector: NULL, targetRefs: LIST, priority: NULL }),
  Telemetry: level({ selector: NULL, tracing: LIST, metrics: LIST, accessLogging: LIST }),
  AuthorizationPolicy: level({ selector: NULL, rules: NULL, provider: NULL, action: NULL }),
  RequestAuthentication: level(
    { selector: NULL, jwtRules: LIST },
    { jwtRules: level({ jwks: TEXT, audiences: LIST, fromHeaders: LIST }) },
  ),
  EgressIntent: level(
    { workloadSelector: [null, {}], mode: NULL },
    {
      workloadSelector: level({ matchLabels: MAP }),
      allow: level(
        {
          namespace: NULL,
          service: NULL,
          host: NULL,
          serviceEntry: NULL,
          cidr: NULL,
          ports: NULL,
          description: TEXT,
        },
        {
          service: level({ namespace: NULL }),
          serviceEntry: level({ namespace: NULL }),
          ports: level({ protocol: NULL }),
        },
      ),
    },
  ),
  Deployment: level(
    { selector: NULL, strategy: NULL },
    { template: level({ spec: NULL }, { metadata: METADATA }) },
  ),
};

/** The fields of MeshConfig at its top level. */
const MESH_CONFIG = level({
  rootNamespace: NULL,
  extensionProviders: LIST,
  defaultProviders: [null, {}],
  defaultConfig: [null, {}],
  defaultServiceExportTo: LIST,
  defaultVirtualServiceExportTo: LIST,
  defaultDestinationRuleExportTo: LIST,
  discoverySelectors: LIST,
  serviceEntryVisibility: NULL,
  trustDomain: NULL,
});

/** The object with odd fields where it has none. The same object and seed give the same fields. */
export function withOddFields(object: KubeObject, seed: number): KubeObject {
  const spec = SPECS[object.kind];
  const random = randomOf(
    `${seed} ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
  );
  const below = { metadata: METADATA, ...(spec === undefined ? {} : { spec }) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fields are added, none is changed
  return oddAt(object, { odd: spec === undefined ? {} : { status: NULL }, below }, random) as KubeObject;
}

/** MeshConfig with odd fields where it has none. */
export const withOddMeshConfig = (meshConfig: object, seed: number): object =>
  oddAt(meshConfig, MESH_CONFIG, randomOf(`${seed} MeshConfig`));

function oddAt(value: object, { odd, below = {} }: Shape, random: () => number): object {
  const added = Object.entries(odd).flatMap(([name, spellings]) => {
    const spelling = spellings[Math.floor(random() * spellings.length * 2)];
    return Object.hasOwn(value, name) || spelling === undefined ? [] : [[name, spelling] as const];
  });
  const kept = Object.entries(value).map(([name, field]: readonly [string, unknown]) => {
    const shape = below[name];
    return [name, shape === undefined ? field : oddBelow(field, shape, random)] as const;
  });
  return Object.fromEntries([...kept, ...added]);
}

function oddBelow(value: unknown, shape: Shape, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => oddBelow(item, shape, random));
  return typeof value === 'object' && value !== null ? oddAt(value, shape, random) : value;
}

/** Numbers from 0 to 1 that depend on the text only (mulberry32). */
function randomOf(text: string): () => number {
  let state = Array.from(text).reduce(
    (sum, character) => Math.imul(sum, 31) + (character.codePointAt(0) ?? 0),
    7,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const next = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((next ^ (next >>> 14)) >>> 0) / 2 ** 32;
  };
}
