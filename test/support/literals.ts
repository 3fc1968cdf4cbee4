// The compiler's values as short literals, for table tests of one rule. Everything is in namespace `red`.
import type { ReconcileReport } from '../../src/controller/reconcile.ts';
import { labelsKey, type Labels } from '../../src/domain/labels.ts';
import type { Intent, InvalidIntent } from '../../src/domain/egress-intent/intent.ts';
import type { DesiredServiceEntry, DesiredSidecar } from '../../src/compile/desired.ts';
import type { LiveServiceEntry, ServiceEntrySpec } from '../../src/domain/kinds/service-entry.ts';
import { MANAGED_BY, MANAGER, type LiveFields } from '../../src/domain/kinds/live-object.ts';
import type { EgressListener, LiveSidecar } from '../../src/domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../../src/plan/steps.ts';

export const NAMESPACE = 'red';
export const CREATED = '2026-01-01T00:00:00Z';

export const intent = (name: string, given: Partial<Intent> = {}): Intent => ({
  kind: 'valid',
  namespace: NAMESPACE,
  name,
  uid: `uid-${name}`,
  generation: 1,
  creationTimestamp: CREATED,
  conditions: [],
  status: undefined,
  selector: { app: name },
  mode: 'Enforce',
  allow: [],
  ...given,
});

export function invalidIntent(name: string): InvalidIntent {
  const { selector: _selector, mode: _mode, allow: _allow, ...identity } = intent(name);
  return { ...identity, kind: 'invalid', problems: [{ path: ['spec', 'mode'], message: 'is unknown' }] };
}

export const desiredSidecar = (
  selector: Labels,
  egress: readonly EgressListener[] = [{ hosts: ['green/*'] }],
  intents: readonly Intent[] = [],
): DesiredSidecar => ({
  kind: 'Sidecar',
  scope: { selector, key: labelsKey(selector), intents, hasPods: true, restricted: true },
  spec: {
    ...(Object.keys(selector).length === 0 ? {} : { workloadSelector: { labels: selector } }),
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    egress,
  },
  platformHosts: [],
});

export const plannedSidecar = (
  name: string,
  desired: DesiredSidecar,
  live?: LiveSidecar,
): PlannedSidecar => ({ name, desired, ...(live && { live }) });

const live = (name: string): LiveFields => ({
  namespace: NAMESPACE,
  name,
  uid: `uid-${name}`,
  creationTimestamp: CREATED,
  managed: true,
  labels: { [MANAGED_BY]: MANAGER },
  annotations: {},
  intents: [],
  ownedByIntent: false,
  isTerminating: false,
  istioLabels: [],
  foreignManagers: [],
  spec: {},
});

export const liveSidecar = (name: string, given: Partial<LiveSidecar> = {}): LiveSidecar => ({
  ...live(name),
  kind: 'Sidecar',
  egress: [],
  ...given,
});

export const liveServiceEntry = (name: string, given: Partial<LiveServiceEntry> = {}): LiveServiceEntry => ({
  ...live(name),
  kind: 'ServiceEntry',
  exportTo: ['.'],
  hosts: ['a.example.com'],
  spellings: [],
  addresses: [],
  resolution: 'DNS',
  ports: [],
  ...given,
});

export const serviceEntrySpec = (
  ports: ServiceEntrySpec['ports'],
  host = 'a.example.com',
): ServiceEntrySpec => ({
  hosts: [host],
  exportTo: ['.'],
  location: 'MESH_EXTERNAL',
  resolution: 'DNS',
  ports,
});

export const desiredServiceEntry = (name: string, intents: readonly Intent[] = []): DesiredServiceEntry => ({
  kind: 'ServiceEntry',
  name,
  spec: serviceEntrySpec([]),
  intents,
});

/** The report of a run that had nothing to do. */
export const reportOf = (given: Partial<ReconcileReport> = {}): ReconcileReport => ({
  result: { kind: 'settled' },
  steps: [],
  statuses: [],
  errors: [],
  kept: [],
  corrected: new Map(),
  fights: new Map(),
  ...given,
});
