// A namespace-wide Sidecar of others that loses its pods to one of ours, with listeners that ours does not have.
import { describe, expect, test } from 'vitest';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

const NAME = '75-displaced-sidecar';
const BOUND =
  '    - port: { number: 9080, name: http, protocol: HTTP }\n      bind: 127.0.0.1\n      captureMode: NONE\n      hosts: [blue/*]\n';
const INGRESS =
  '  ingress:\n    - port: { number: 9080, name: http, protocol: HTTP }\n      defaultEndpoint: 127.0.0.1:8080\n';
const withoutBound = [BOUND, ''] as const;
const withoutIngress = [INGRESS, ''] as const;

const lostIn = (edits: Edits) =>
  outcomeOf(NAME, edits).diagnostics.flatMap((each) =>
    each.code === 'SidecarDisplaced' ? [`${each.sidecar}: ${each.fields.join(' ')}`] : [],
  );

describe('75-displaced-sidecar: what the pods lose is told', () => {
  test.each<[string, Edits, string]>([
    ['as it is', [], 'ingress egress[].bind egress[].captureMode'],
    ['variant: inbound listeners only', [withoutBound], 'ingress'],
    ['variant: bound listeners only', [withoutIngress], 'egress[].bind egress[].captureMode'],
    ['variant: bound, and captured', [withoutIngress, ['      captureMode: NONE\n', '']], 'egress[].bind'],
    [
      'variant: not captured, and not bound',
      [withoutIngress, ['      bind: 127.0.0.1\n', '']],
      'egress[].captureMode',
    ],
    [
      'variant: inbound connections',
      [withoutBound, [INGRESS, '  inboundConnectionPool: { tcp: { maxConnections: 1 } }\n']],
      'inboundConnectionPool',
    ],
  ])('%s', (_what, edits, fields) => {
    expect(lostIn(edits)).toEqual([`red/default: ${fields}`]);
  });

  test.each<[string, Edits]>([
    ['variant: it only says what may be called', [withoutBound, withoutIngress]],
    [
      'variant: fields that are null',
      [withoutBound, [INGRESS, '  ingress: null\n  inboundConnectionPool: null\n']],
    ],
    [
      'variant: capture as by default',
      [withoutIngress, ['captureMode: NONE', 'captureMode: IPTABLES'], ['      bind: 127.0.0.1\n', '']],
    ],
    [
      'variant: the intent only audits',
      [['spec:\n  workloadSelector', 'spec:\n  mode: Audit\n  workloadSelector']],
    ],
    [
      'variant: the intent is for the whole namespace, where the older Sidecar wins',
      [['  workloadSelector: { matchLabels: { app: red } }\n', '']],
    ],
    [
      'variant: it has a selector and is older',
      [['spec:\n  ingress', 'spec:\n  workloadSelector: { labels: { app: red } }\n  ingress']],
    ],
  ])('nothing where nothing is lost to us: %s', (_what, edits) => {
    expect(lostIn(edits)).toEqual([]);
  });
});
