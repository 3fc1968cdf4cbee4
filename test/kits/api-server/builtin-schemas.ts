// The schemas of the built-in kinds, as far as a controller can notice them: list keys, defaults, required fields.
// Source: Kubernetes API reference v1.36.
import {
  atomicList,
  BOOLEAN,
  closed,
  INTEGER,
  mapList,
  objectSchema,
  open,
  setList,
  STRING,
  STRING_MAP,
} from './metadata-schema.ts';
import { UNKNOWN, type Schema } from './schema.ts';

const CONDITIONS = mapList(['type'], open({ type: STRING, status: STRING }));
const PROTOCOL: Schema = { type: 'string', default: 'TCP', enum: ['TCP', 'UDP', 'SCTP'] };
const INT_OR_STRING: Schema = { 'x-kubernetes-int-or-string': true };
const PORT: Schema = { type: 'integer', minimum: 1, maximum: 65535 };

const CONTAINER = open(
  {
    name: STRING,
    image: STRING,
    ports: mapList(['containerPort', 'protocol'], open({ containerPort: PORT, protocol: PROTOCOL })),
    env: mapList(['name'], open({ name: STRING, value: STRING })),
    volumeMounts: mapList(['mountPath'], open({ mountPath: STRING })),
    resources: open({}, { default: {} }),
    terminationMessagePath: { type: 'string', default: '/dev/termination-log' },
    terminationMessagePolicy: { type: 'string', default: 'File' },
  },
  { required: ['name'] },
);

export const POD = objectSchema(
  closed({
    spec: open(
      {
        containers: mapList(['name'], CONTAINER),
        initContainers: mapList(['name'], CONTAINER),
        volumes: mapList(['name'], open({ name: STRING })),
        imagePullSecrets: mapList(['name'], open({ name: STRING })),
        hostAliases: mapList(['ip'], open({ ip: STRING })),
        nodeSelector: { ...STRING_MAP, 'x-kubernetes-map-type': 'atomic' },
        nodeName: STRING,
        restartPolicy: { type: 'string', default: 'Always' },
        terminationGracePeriodSeconds: { type: 'integer', default: 30 },
        dnsPolicy: { type: 'string', default: 'ClusterFirst' },
        securityContext: open({}, { default: {} }),
        schedulerName: { type: 'string', default: 'default-scheduler' },
        enableServiceLinks: { type: 'boolean', default: true },
      },
      { required: ['containers'] },
    ),
    status: open({
      phase: STRING,
      podIP: STRING,
      podIPs: mapList(['ip'], open({ ip: STRING })),
      conditions: CONDITIONS,
    }),
  }),
);

const SERVICE_PORT = closed(
  {
    name: STRING,
    protocol: PROTOCOL,
    appProtocol: STRING,
    port: PORT,
    targetPort: INT_OR_STRING,
    nodePort: INTEGER,
  },
  { required: ['port'] },
);

export const SERVICE = objectSchema(
  closed({
    spec: open({
      ports: mapList(['port', 'protocol'], SERVICE_PORT),
      selector: { ...STRING_MAP, 'x-kubernetes-map-type': 'atomic' },
      type: {
        type: 'string',
        default: 'ClusterIP',
        enum: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'],
      },
      clusterIP: STRING,
      clusterIPs: atomicList(STRING),
      ipFamilies: atomicList(STRING),
      externalName: STRING,
      externalIPs: atomicList(STRING),
      sessionAffinity: { type: 'string', default: 'None' },
    }),
    status: open({ loadBalancer: open({}, { default: {} }), conditions: CONDITIONS }),
  }),
);

export const NAMESPACE = objectSchema(
  closed({
    spec: closed({ finalizers: atomicList(STRING) }),
    status: open({ phase: STRING, conditions: CONDITIONS }),
  }),
);

export const CONFIG_MAP = objectSchema(
  closed({ data: STRING_MAP, binaryData: STRING_MAP, immutable: BOOLEAN }),
);

export const ENDPOINT_SLICE = objectSchema(
  closed(
    {
      addressType: { type: 'string', enum: ['FQDN', 'IPv4', 'IPv6'] },
      endpoints: atomicList(
        open(
          { addresses: setList(STRING), conditions: open({ ready: BOOLEAN }) },
          { required: ['addresses'] },
        ),
      ),
      ports: atomicList(open({ name: { type: 'string', default: '' }, protocol: PROTOCOL, port: INTEGER })),
    },
    { required: ['addressType'] },
  ),
);

export const LEASE = objectSchema(
  closed({
    spec: closed({
      holderIdentity: STRING,
      leaseDurationSeconds: { type: 'integer', minimum: 1 },
      acquireTime: STRING,
      renewTime: STRING,
      leaseTransitions: { type: 'integer', minimum: 0 },
      strategy: STRING,
      preferredHolder: STRING,
    }),
  }),
);

const REFERENCE = open({}, { 'x-kubernetes-map-type': 'atomic' });
const SERIES = closed({ count: INTEGER, lastObservedTime: STRING });

/** Events in their older form, which is also how they are stored. */
export const CORE_EVENT = objectSchema(
  closed({
    involvedObject: REFERENCE,
    reason: STRING,
    message: STRING,
    source: closed({ component: STRING, host: STRING }),
    firstTimestamp: { type: 'string', nullable: true },
    lastTimestamp: { type: 'string', nullable: true },
    count: INTEGER,
    type: STRING,
    eventTime: { type: 'string', nullable: true },
    series: SERIES,
    action: STRING,
    related: REFERENCE,
    reportingComponent: STRING,
    reportingInstance: STRING,
  }),
);

export const CUSTOM_RESOURCE_DEFINITION = objectSchema(
  closed({
    spec: open(
      {
        group: STRING,
        scope: STRING,
        names: open({ plural: STRING, kind: STRING }),
        versions: atomicList(UNKNOWN),
      },
      { required: ['group', 'names', 'scope', 'versions'] },
    ),
    status: open({ conditions: CONDITIONS, storedVersions: atomicList(STRING) }),
  }),
);
