// When a ServiceEntry is deleted, by what Sidecars would let through meanwhile.
import { expect, test } from 'vitest';
import type { FinalPorts } from '../../../src/plan/order/final-ports.ts';
import { serviceEntryDeletion } from '../../../src/plan/order/service-entry-stages.ts';
import type { TransientAccess } from '../../../src/plan/order/transient-access.ts';
import { liveServiceEntry } from '../../support/literals.ts';
import type { ServiceEntryPort } from '../../../src/domain/kinds/service-entry.ts';

const tls = (number: number): ServiceEntryPort => ({ number, name: `tls-${number}`, protocol: 'TLS' });
const live = liveServiceEntry('x', { hosts: ['a.example.com', 'b.example.com'], ports: [tls(443)] });
const NOBODY = { managed: () => [], foreign: () => [] };
const NO_ACCESS = {
  opens: () => [],
  outdatedListeners: () => [],
  newListeners: () => [],
  reopens: () => [],
};
const onB =
  (number: number) =>
  (host: string, port: number): readonly string[] =>
    host === 'red/b.example.com' && port === number ? ['Sidecar/new'] : [];
const foreignB =
  (...numbers: readonly number[]) =>
  (host: string) =>
    host === 'b.example.com' ? numbers.map((number) => ({ number })) : [];
const LAST = 'last delete after all';
const FIRST = 'before-sidecars delete after -';

test.each<readonly [string, Partial<TransientAccess>, Partial<FinalPorts>, string]>([
  ['at the end', {}, {}, LAST],
  ['before a planned Sidecar that would open a port of any of its hosts', { reopens: onB(443) }, {}, FIRST],
  ['at the end if another of ours has the port', { reopens: onB(443) }, { managed: () => [tls(443)] }, LAST],
  ['at the end if a foreign one has the number', { reopens: onB(443) }, { foreign: foreignB(443) }, LAST],
  ['first if a foreign one has another number only', { reopens: onB(443) }, { foreign: foreignB(80) }, FIRST],
  [
    'before a planned Sidecar with a new listener for a foreign registration',
    { newListeners: onB(443) },
    { foreign: foreignB(443) },
    FIRST,
  ],
  ['at the end without that registration', { newListeners: onB(443) }, {}, LAST],
  [
    'at the end if a live Sidecar would let more of that registration through',
    { newListeners: onB(443), opens: onB(80) },
    { foreign: foreignB(443, 80) },
    LAST,
  ],
])('deletes %s', (_when, access, ports, expected) => {
  const { draft } = serviceEntryDeletion(live, { ...NO_ACCESS, ...access }, { ...NOBODY, ...ports });
  const { step, stage } = draft;
  expect(`${stage} delete after ${step.after === 'all' ? 'all' : '-'}`).toBe(expected);
});
