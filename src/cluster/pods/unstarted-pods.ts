// The pods that workloads of files would start, with what their templates do not say: whether their namespaces get sidecar proxies.
import { isAmbient, isInjectionAsked, isInjectionOpen } from '../../domain/istio/injection.ts';
import type { Pod } from '../../domain/kinds/pod.ts';
import type { Stores } from '../stores.ts';

/** `pods` are those of the templates. One whose Namespace object is not known stays as its template says. */
export function unstartedPods(
  pods: readonly Pod[],
  { Namespace, Pod: running }: Pick<Stores, 'Namespace' | 'Pod'>,
): readonly Pod[] {
  const labelsOf = (namespace: string) => Namespace.get('', namespace)?.labels;
  /** As a running pod shows that has a proxy although nobody asked for one. */
  const isDefault = running.namespaces().some((namespace) => {
    const labels = labelsOf(namespace);
    if (labels === undefined) return false;
    return running
      .inNamespace(namespace)
      .some((pod) => pod.dataPlane === 'sidecar' && isInjectionOpen(pod.labels, labels));
  });
  return pods.map((pod): Pod => {
    const namespace = labelsOf(pod.namespace);
    if (pod.dataPlane !== 'unknown' || namespace === undefined) return pod;
    if (isInjectionAsked(pod.labels, namespace)) return pod;
    if (isAmbient(pod.labels, namespace)) return { ...pod, dataPlane: 'ambient' };
    return isDefault && isInjectionOpen(pod.labels, namespace) ? pod : { ...pod, dataPlane: 'none' };
  });
}
