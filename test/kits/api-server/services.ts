// What the server decides about a Service: its ClusterIP, its target ports, and what it refuses.
import { invalid, type Cause, type Failure } from './failure.ts';
import { equal, isList, isObject, type Json, type JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { cause, quoted } from './validate.ts';

/** Source: the option `--service-cluster-ip-range` with which the real server is started in tests. */
const RANGE = '10.96.';
/** Addresses are handed out upwards from here; those below are for Services that ask for a certain one. */
const FIRST_DYNAMIC = 256;

export type ClusterIps = {
  /** Notes that an object of the Service table came, changed or went. */
  readonly note: (before: KubeObject | undefined, after: KubeObject | undefined) => void;
  /** The Service as the server stores it. Fails with 422, as the real one does. */
  readonly complete: (service: KubeObject, live: KubeObject | undefined) => KubeObject | Failure;
};

export function createClusterIps(): ClusterIps {
  const taken = new Set<string>();
  let next = FIRST_DYNAMIC;
  const allocate = (): string => {
    for (;;) {
      const address = `${RANGE}${Math.floor(next / 256) % 256}.${next % 256}`;
      next += 1;
      if (!taken.has(address)) return address;
    }
  };
  return {
    note: (before, after) => {
      const [old, now] = [before, after].map((service) => service && clusterIpOf(specOf(service)));
      if (old !== undefined) taken.delete(old);
      if (now !== undefined) taken.add(now);
    },
    complete: (service, live) => {
      const spec = withTargetPorts(inherited(specOf(service), live));
      const causes = refusals(spec, live, taken);
      if (causes.length > 0) return invalid('Service', '', service.metadata.name, causes);
      return {
        ...service,
        spec: addressed(spec, allocate),
        status: isObject(service['status']) ? service['status'] : { loadBalancer: {} },
      };
    },
  };
}

/** An update that leaves out the ClusterIP keeps it. */
function inherited(spec: JsonObject, live: KubeObject | undefined): JsonObject {
  if (live === undefined || spec['type'] === 'ExternalName') return spec;
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = specOf(live);
  const kept = Object.entries({ clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy }).filter(
    (entry): entry is [string, Json] => entry[1] !== undefined && spec[entry[0]] === undefined,
  );
  return { ...spec, ...Object.fromEntries(kept) };
}

function withTargetPorts(spec: JsonObject): JsonObject {
  const ports = portsOf(spec);
  if (ports.length === 0) return spec;
  return {
    ...spec,
    ports: ports.map((port) => ({ ...port, targetPort: port['targetPort'] ?? port['port'] ?? 0 })),
  };
}

function addressed(spec: JsonObject, allocate: () => string): JsonObject {
  const common = { ...spec, internalTrafficPolicy: spec['internalTrafficPolicy'] ?? 'Cluster' };
  if (spec['type'] === 'ExternalName') {
    const { internalTrafficPolicy: _none, ...rest } = common;
    return rest;
  }
  const address = typeof spec['clusterIP'] === 'string' ? spec['clusterIP'] : allocate();
  // A headless Service that selects nothing is taken to have addresses of both families.
  const dual = address === 'None' && spec['selector'] === undefined;
  return {
    ...common,
    clusterIP: address,
    clusterIPs: [address],
    ipFamilies: spec['ipFamilies'] ?? (dual ? ['IPv4', 'IPv6'] : ['IPv4']),
    ipFamilyPolicy: spec['ipFamilyPolicy'] ?? (dual ? 'RequireDualStack' : 'SingleStack'),
  };
}

function refusals(
  spec: JsonObject,
  live: KubeObject | undefined,
  taken: ReadonlySet<string>,
): readonly Cause[] {
  const ports = portsOf(spec);
  const asked = spec['clusterIP'];
  if (ports.length === 0 && asked !== 'None' && spec['type'] !== 'ExternalName')
    return [cause('Required', 'spec.ports', 'Required value')];
  const unnamed = ports.flatMap((port, index) =>
    ports.length > 1 && port['name'] === undefined
      ? [cause('Required', `spec.ports[${index}].name`, 'Required value')]
      : [],
  );
  return [...unnamed, ...addressRefusals(asked, live, taken)];
}

function addressRefusals(
  asked: Json | undefined,
  live: KubeObject | undefined,
  taken: ReadonlySet<string>,
): readonly Cause[] {
  if (typeof asked !== 'string' || asked === 'None') return [];
  const shown = `Invalid value: ${quoted([asked])}`;
  const old = live === undefined ? undefined : specOf(live)['clusterIP'];
  if (old !== undefined)
    return equal(old, asked)
      ? []
      : [cause('Invalid', 'spec.clusterIPs[0]', `${shown}: may not change once set`)];
  const failed = `${shown}: failed to allocate IP ${asked}`;
  if (!asked.startsWith(RANGE))
    return [
      cause('Invalid', 'spec.clusterIPs', `${failed}: the provided network does not match the current range`),
    ];
  return taken.has(asked)
    ? [cause('Invalid', 'spec.clusterIPs', `${failed}: provided IP is already allocated`)]
    : [];
}

function clusterIpOf({ clusterIP }: JsonObject): string | undefined {
  return typeof clusterIP === 'string' && clusterIP !== 'None' ? clusterIP : undefined;
}

function specOf(service: KubeObject): JsonObject {
  return isObject(service['spec']) ? service['spec'] : {};
}

function portsOf({ ports }: JsonObject): readonly JsonObject[] {
  return isList(ports) ? ports.filter(isObject) : [];
}
