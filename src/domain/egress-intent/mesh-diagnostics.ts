// Diagnostics about the configuration of the whole mesh.
import { row } from './diagnostic-row.ts';

export const MESH_DIAGNOSTICS = {
  MeshConfigUnreadable: row<{
    /** `namespace/name`. */
    readonly configMap: string;
    readonly problem: string;
    /** True if an older version could be read. */
    readonly isKnown: boolean;
  }>({
    severity: 'warning',
    message: ({ configMap, problem, isKnown }) =>
      `the MeshConfig in ConfigMap ${configMap} cannot be read: ${problem}. ${isKnown ? 'Its last readable version counts' : "Istio's defaults count instead of it"}: ask the platform team to correct it`,
    documentation: {
      meaning:
        'The MeshConfig of Istio cannot be read, so its root namespace, its providers, its defaults of `exportTo` and whether proxies answer DNS are those of its last readable version or, if there was none since the controller started, the defaults of Istio.',
      remedy: 'Ask the platform team to correct the ConfigMap; the message names the field.',
    },
    examples: [
      {
        configMap: 'istio-system/istio',
        problem: 'data.mesh.rootNamespace: must be of type string, not array',
        isKnown: true,
      },
      { configMap: 'istio-system/istio', problem: 'data.mesh: is not YAML: unexpected end', isKnown: false },
    ],
  }),
};
