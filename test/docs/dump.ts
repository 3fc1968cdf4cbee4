// The commands that save what render and validate read from a cluster: every watched kind, from its table.
import { KINDS, WATCHED_KINDS } from '../../src/cluster/kinds.ts';
import { INTENT_DEFINITION } from '../../src/domain/kinds/custom-resource-definition.ts';

/** As kubectl names a kind in one version: `sidecars.v1.networking.istio.io`, or `pods` of the core group. */
function resourceOf({
  apiVersion,
  plural,
}: {
  readonly apiVersion: string;
  readonly plural: string;
}): string {
  const [group, version] = apiVersion.split('/');
  return version === undefined ? plural : `${plural}.${version}.${group}`;
}

const rows = WATCHED_KINDS.filter((kind) => kind !== 'CustomResourceDefinition').map((kind) => KINDS[kind]);

const resources = (ofIstioNamespace: boolean): string =>
  [
    ...new Set(
      rows
        .filter(({ istioNamespaceOnly = false }) => istioNamespaceOnly === ofIstioNamespace)
        .map(resourceOf),
    ),
  ].join(' ');

/** Shell commands, one a line. */
export const DUMP_COMMANDS: readonly string[] = [
  'mkdir dump',
  `for kind in ${resources(false)}; do`,
  '  kubectl get $kind --all-namespaces -o yaml > dump/$kind.yaml',
  'done',
  `kubectl get ${resources(true)} --namespace istio-system -o yaml > dump/mesh.yaml`,
  `kubectl get customresourcedefinition ${INTENT_DEFINITION} -o yaml > dump/definition.yaml`,
  'npm run --silent cli -- validate --complete dump',
];
