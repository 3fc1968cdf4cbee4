// One suite of behaviours for any API server that this project's tests rely on. The real kube-apiserver is the judge:
// what is expected here is what it does, and the in-process server has to do the same.
import { afterAll, beforeAll, describe } from 'vitest';
import { eventually } from '../../support/cluster.ts';
import { applying } from './conformance/applying.ts';
import { builtins } from './conformance/builtins.ts';
import { changes } from './conformance/changes.ts';
import { collection } from './conformance/collection.ts';
import { creation } from './conformance/creation.ts';
import { definitions } from './conformance/definitions.ts';
import { deletions } from './conformance/deletions.ts';
import { history } from './conformance/history.ts';
import { istio } from './conformance/istio.ts';
import { lists } from './conformance/lists.ts';
import { pods } from './conformance/pods.ts';
import { refusedApplies } from './conformance/refused-applies.ts';
import { services } from './conformance/services.ts';
import { statuses } from './conformance/statuses.ts';
import { good, type Part } from './conformance/suite.ts';
import { watches } from './conformance/watches.ts';
import { openWire, type Wire } from './conformance/wire.ts';

/** A server under test. Istio's Sidecar and ServiceEntry and the suite's Widget are installed in it. */
export type Subject = {
  readonly kubeconfig: string;
  /** Makes it forget the history of every object, as the real server does after some minutes. */
  readonly forget: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const PARTS: Readonly<Record<string, Part>> = {
  'creating objects': creation,
  'changing objects': changes,
  'applying objects': applying,
  'refused applies': refusedApplies,
  'applying a status': statuses,
  'deleting objects': deletions,
  'listing objects': lists,
  'watching objects': watches,
  pods,
  services,
  'other built-in kinds': builtins,
  'what goes by itself': collection,
  'definitions of kinds': definitions,
  "Istio's kinds": istio,
  'history that is forgotten': history,
};

/** Registers the suite for one server, which is started before the first test and stopped after the last. */
export function conformance(server: string, start: () => Promise<Subject>): void {
  describe(`on ${server}`, () => {
    let subject: Subject;
    let wire: Wire;
    const ends: (() => Promise<void>)[] = [];

    beforeAll(async () => {
      subject = await start();
      ends.push(subject.stop);
      wire = openWire(subject.kubeconfig);
      ends.push(wire.close);
    });
    afterAll(async () => {
      for (const end of ends.toReversed()) await end();
    });

    describe.each(Object.entries(PARTS))('%s', (name, part) => {
      const namespace = name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
      beforeAll(async () => {
        await good(
          wire.send('POST', '/api/v1/namespaces', {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name: namespace },
          }),
        );
        // The kinds that were just installed may take a moment to be served.
        await eventually(async () => good(wire.send('GET', '/apis/networking.istio.io/v1/sidecars')));
      });
      part(() => ({ wire, namespace, forget: subject.forget }));
    });
  });
}
