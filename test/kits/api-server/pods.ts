// What the server decides about a Pod, and which of its fields it lets nobody change.
import { failure, invalid, type Failure } from './failure.ts';
import { equal, isList, isObject, without, type Json, type JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { cause } from './validate.ts';

const MUTABLE = ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds'];

export function completePod(pod: KubeObject, live: KubeObject | undefined): KubeObject | Failure {
  const spec = specOf(pod);
  if (spec === undefined) return failure(400, 'a Pod without a spec', { reason: 'BadRequest' });
  const completed: KubeObject = {
    ...pod,
    spec: { ...spec, ...pulled(spec, 'containers'), ...pulled(spec, 'initContainers') },
    status: isObject(pod['status']) ? pod['status'] : { phase: 'Pending', qosClass: 'BestEffort' },
  };
  if (live === undefined || equal(fixedPart(completed), fixedPart(live))) return completed;
  const fields = ['image', ...MUTABLE].map((field) => `\`${field}\``).join(', ');
  const message = `Forbidden: pod updates may not change fields other than ${fields}`;
  return invalid('Pod', '', pod.metadata.name, [cause('Forbidden', 'spec', message)]);
}

/** A Pod on a node lives until its kubelet confirms the end, or somebody deletes it with no grace. */
export function gracePeriodOf(pod: KubeObject, asked: number | undefined): number {
  const spec = specOf(pod);
  const status = isObject(pod['status']) ? pod['status'] : {};
  const ended = status['phase'] === 'Succeeded' || status['phase'] === 'Failed';
  const seconds = asked ?? spec?.['terminationGracePeriodSeconds'];
  return spec?.['nodeName'] === undefined || ended || typeof seconds !== 'number' ? 0 : seconds;
}

function pulled(spec: JsonObject, key: string): JsonObject {
  const containers = spec[key];
  if (!isList(containers)) return {};
  return {
    [key]: containers.filter(isObject).map((container) => {
      const image = typeof container['image'] === 'string' ? container['image'] : '';
      const tag = /:(?<tag>[^/:]+)$/.exec(image)?.groups?.['tag'] ?? 'latest';
      const policy = tag === 'latest' ? 'Always' : 'IfNotPresent';
      return { ...container, imagePullPolicy: container['imagePullPolicy'] ?? policy };
    }),
  };
}

function fixedPart(pod: KubeObject): JsonObject {
  const spec = specOf(pod) ?? {};
  const rest = Object.entries(spec).filter(([key]) => !MUTABLE.includes(key));
  return {
    ...Object.fromEntries(rest),
    containers: imageless(spec['containers']),
    initContainers: imageless(spec['initContainers']),
  };
}

function imageless(containers: Json | undefined): readonly Json[] {
  return (isList(containers) ? containers : []).map((each) =>
    isObject(each) ? without(each, 'image') : each,
  );
}

function specOf({ spec }: KubeObject): JsonObject | undefined {
  return isObject(spec) ? spec : undefined;
}
