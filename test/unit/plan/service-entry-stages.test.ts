// In which one or two steps a ServiceEntry is written, by what Sidecars would let through meanwhile.
import { describe, expect, test } from 'vitest';
import { serviceEntryManifest } from '../../../src/plan/manifests.ts';
import { serviceEntrySteps } from '../../../src/plan/order/service-entry-stages.ts';
import { writeStep, type DraftStep } from '../../../src/plan/steps.ts';
import { liveServiceEntry, NAMESPACE, serviceEntrySpec } from '../../support/literals.ts';
import type { ServiceEntryPort } from '../../../src/domain/kinds/service-entry.ts';

const tls = (number: number): ServiceEntryPort => ({ number, name: `tls-${number}`, protocol: 'TLS' });
const http = (number: number): ServiceEntryPort => ({ number, name: `http-${number}`, protocol: 'HTTP' });

type Row = {
  readonly behaviour: string;
  /** Absent: the object does not exist. */
  readonly live?: readonly ServiceEntryPort[];
  readonly desired: readonly ServiceEntryPort[];
  /** The ports that Sidecar `old` allows but will not in the end. */
  readonly opens?: readonly number[];
  /** The ports for which a listener of Sidecar `moved` names the host and is another one in the end. */
  readonly outdatedListeners?: readonly number[];
  /** The ports that a planned Sidecar allows and the current one does not. */
  readonly reopens?: readonly number[];
  /** `STAGE VERB PORTS after STEPS`. */
  readonly steps: readonly string[];
  readonly requires?: readonly string[];
  /** What a late step comes after without depending on it. */
  readonly waitsFor?: readonly string[];
};

const ROWS: readonly Row[] = [
  {
    behaviour: 'creates it before the Sidecars',
    desired: [tls(443)],
    steps: ['before-sidecars create 443 after -'],
  },
  {
    behaviour: 'adds a port before the Sidecars',
    live: [tls(443)],
    desired: [tls(443), tls(8443)],
    steps: ['before-sidecars update 443,8443 after -'],
  },
  {
    behaviour: 'removes a port after everything',
    live: [tls(443), tls(8443)],
    desired: [tls(443)],
    steps: ['after-sidecars update 443 after all'],
  },
  {
    behaviour: 'adds a port before the Sidecars and removes another after them',
    live: [tls(443)],
    desired: [tls(8443)],
    steps: ['before-sidecars update 443,8443 after - in part', 'after-sidecars update 8443 after all'],
  },
  {
    behaviour: 'adds a port that a live Sidecar would open after that Sidecar',
    live: [tls(443)],
    desired: [tls(443), tls(8443)],
    opens: [8443],
    steps: ['after-sidecars update 443,8443 after ServiceEntry/x in part,Sidecar/old'],
    requires: ['Sidecar/old'],
  },
  {
    behaviour: 'does not hold back other ports for a port that it has already',
    live: [tls(443)],
    desired: [tls(443), tls(8443)],
    opens: [443],
    steps: ['before-sidecars update 443,8443 after -'],
  },
  {
    behaviour: 'creates it after the live Sidecar that would open its only port',
    desired: [tls(443)],
    opens: [443],
    steps: ['after-sidecars create 443 after ServiceEntry/x in part,Sidecar/old'],
    requires: ['Sidecar/old'],
  },
  {
    behaviour:
      'creates it with one port before the Sidecars and adds the other after the Sidecar that would open it',
    desired: [tls(443), tls(8443)],
    opens: [8443],
    steps: [
      'before-sidecars create 443 after - in part',
      'after-sidecars update 443,8443 after ServiceEntry/x in part,Sidecar/old',
    ],
    requires: ['Sidecar/old'],
  },
  {
    behaviour:
      'creates it after the live Sidecar whose listener was made for another registration of the host',
    desired: [tls(443)],
    outdatedListeners: [443],
    steps: ['after-sidecars create 443 after ServiceEntry/x in part'],
    waitsFor: ['Sidecar/moved'],
  },
  {
    behaviour:
      'changes the protocol of a port before the Sidecar whose listener for the port changes with it',
    live: [http(8443)],
    desired: [tls(8443)],
    outdatedListeners: [8443],
    steps: ['before-sidecars update 8443 after -'],
  },
  {
    behaviour: 'removes a port that a planned Sidecar would open before the Sidecars',
    live: [tls(443), tls(8443)],
    desired: [tls(443)],
    reopens: [8443],
    steps: ['before-sidecars update 443 after -'],
  },
  {
    behaviour: 'deletes and recreates it where no port may stay meanwhile',
    live: [tls(443)],
    desired: [tls(8443)],
    opens: [8443],
    reopens: [443],
    steps: ['before-sidecars delete after - in part', 'after-sidecars create 8443 after all'],
    requires: ['Sidecar/old'],
  },
  {
    behaviour: 'changes the protocol of a port before the Sidecars',
    live: [http(8443)],
    desired: [tls(8443)],
    steps: ['before-sidecars update 8443 after -'],
  },
];

function textOf({ stage, step }: DraftStep): string {
  const after = step.after === 'all' ? 'all' : step.after.join(',') || '-';
  const part = step.id === 'ServiceEntry/x' ? '' : ' in part';
  if (step.kind === 'delete') return `${stage} delete after ${after}${part}`;
  const { spec } = step.manifest;
  const ports = 'ports' in spec ? spec.ports.map(({ number }) => number).join(',') : '';
  return `${stage} ${step.verb} ${ports} after ${after}${part}`;
}

describe('serviceEntrySteps', () => {
  test.each(ROWS)(
    '$behaviour',
    ({
      live: ports,
      desired,
      opens = [],
      outdatedListeners = [],
      reopens = [],
      steps,
      requires = [],
      waitsFor = [],
    }) => {
      const live = ports && liveServiceEntry('x', { ports });
      const entry = {
        kind: 'ServiceEntry',
        name: 'x',
        spec: serviceEntrySpec(desired),
        intents: [],
      } as const;
      const drafted = serviceEntrySteps(
        { step: writeStep(serviceEntryManifest(NAMESPACE, entry, live), live), live },
        {
          opens: (host, port) =>
            host === 'red/a.example.com' && opens.includes(port) ? ['Sidecar/old'] : [],
          outdatedListeners: (host, port) =>
            host === 'red/a.example.com' && outdatedListeners.includes(port) ? ['Sidecar/moved'] : [],
          newListeners: () => [],
          reopens: (host, port) =>
            host === 'red/a.example.com' && reopens.includes(port) ? ['Sidecar/new'] : [],
        },
      );
      expect(drafted.map(textOf)).toEqual(steps);
      expect(drafted.map((draft) => draft.requires)).toEqual(steps.map(() => requires));
      expect(drafted.flatMap((draft) => (draft.stage === 'after-sidecars' ? draft.waitsFor : []))).toEqual(
        waitsFor,
      );
    },
  );

  test('recreates an object without the uid of the deleted one', () => {
    const live = liveServiceEntry('x', { ports: [tls(443)] });
    const entry = {
      kind: 'ServiceEntry',
      name: 'x',
      spec: serviceEntrySpec([tls(8443)]),
      intents: [],
    } as const;
    const step = writeStep(serviceEntryManifest(NAMESPACE, entry, live), live);
    const steps = serviceEntrySteps(
      { step, live },
      {
        opens: () => ['Sidecar/old'],
        outdatedListeners: () => [],
        newListeners: () => [],
        reopens: () => ['Sidecar/new'],
      },
    );
    const uids = steps.map((draft) =>
      draft.step.kind === 'delete' ? draft.step.target.uid : draft.step.manifest.metadata.uid,
    );
    expect(uids).toEqual(['uid-x', undefined]);
  });
});
