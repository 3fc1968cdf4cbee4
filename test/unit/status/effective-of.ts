// The condition Effective of one intent, `web`, whose generated Sidecar is `generated`: for table tests.
import { effectiveConditions } from '../../../src/status/effective-condition.ts';
import type { Diagnostic } from '../../../src/domain/egress-intent/diagnostics.ts';
import { meshConfig } from '../../support/cluster-objects.ts';
import { desiredSidecar, intent, liveSidecar, NAMESPACE, plannedSidecar } from '../../support/literals.ts';
import type { Intent, InvalidIntent } from '../../../src/domain/egress-intent/intent.ts';
import { parseMeshConfig, type Mesh, type MeshConfig } from '../../../src/domain/kinds/mesh-config.ts';
import type { Withheld } from '../../../src/plan/steps.ts';
import type { LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import type { Pod } from '../../../src/domain/kinds/pod.ts';

export const WEB = { app: 'web' };

export const pod = (name: string, dataPlane: Pod['dataPlane'] = 'sidecar', app = 'web'): Pod => ({
  namespace: NAMESPACE,
  name,
  labels: { app },
  dataPlane,
  bypasses: [],
});
export const foreign = (name: string, given: Partial<LiveSidecar> = {}): LiveSidecar =>
  liveSidecar(name, { managed: false, labels: {}, selector: WEB, ...given });

export type Given = {
  readonly intent?: Partial<Intent>;
  readonly pods?: readonly Pod[];
  readonly sidecars?: readonly LiveSidecar[];
  readonly diagnostics?: readonly Diagnostic[];
  /** Why objects could not be written, by id. */
  readonly failures?: Readonly<Record<string, string>>;
  readonly withheld?: readonly Withheld[];
  readonly invalid?: readonly InvalidIntent[];
  /** False where the generated Sidecar does not exist before the run. */
  readonly isNew?: true;
  readonly planned?: readonly [];
  readonly discoverySelectors?: MeshConfig['discoverySelectors'];
};

export const OLDER = '2025-12-31T00:00:00Z';
export const YOUNGER = '2026-01-02T00:00:00Z';

/** `STATUS/REASON`, and the message. */
export function effectiveOf(given: Given): readonly [string, string] {
  const web = intent('web', { selector: WEB, ...given.intent });
  const { pods = [], sidecars = [], diagnostics = [], failures = {}, withheld = [], invalid = [] } = given;
  const live = liveSidecar('generated', { selector: WEB });
  const generated = plannedSidecar('generated', desiredSidecar(WEB), given.isNew ? undefined : live);
  const snapshot = {
    namespace: NAMESPACE,
    intents: [web],
    intentNamed: () => web,
    invalid,
    pods,
    sidecars,
    mesh: meshWith(given.discoverySelectors),
    cluster: { namespaceLabels: () => ({}) },
    definition: undefined,
  };
  const plan = { phases: [], sidecars: given.planned ?? [generated], withheld, undeleted: [] };
  const conditions = effectiveConditions(
    snapshot,
    { plan, outcome: { failures: new Map(Object.entries(failures)) } },
    () => diagnostics,
  );
  const { status, reason, message } = conditions(web);
  return [`${status}/${reason}`, message];
}

function meshWith(discoverySelectors: MeshConfig['discoverySelectors'] = []): Mesh {
  const config = parseMeshConfig(meshConfig(''));
  return { configs: config === undefined ? [] : [{ ...config, discoverySelectors }], istiods: [] };
}
