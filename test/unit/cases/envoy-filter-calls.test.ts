// An EnvoyFilter that lets proxies call a service, such as the rate limiter of Istio's task: the Sidecar must list it, or its cluster is missing.
import { describe, expect, test } from 'vitest';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

const NAME = '76-inbound-envoyfilter';
const calledIn = (edits: Edits) =>
  outcomeOf(NAME, edits).diagnostics.flatMap((each) =>
    each.code === 'EnvoyFilterCallsHost' ? [`${each.envoyFilter}: ${each.host}`] : [],
  );

describe('76-inbound-envoyfilter: a service that no entry grants is told', () => {
  test.each<[string, Edits]>([
    ['as it is', []],
    ['variant: outbound', [['context: SIDECAR_INBOUND', 'context: SIDECAR_OUTBOUND']]],
    ['variant: any context', [['context: SIDECAR_INBOUND', 'context: ANY']]],
    ['variant: a subset', [['8081||', '8081|v1|']]],
    ['variant: in upper case', [['8081||ratelimit', '8081||RateLimit']]],
    ['variant: for every pod', [['  workloadSelector: { labels: { app: red } }\n', '']]],
    ['variant: another namespace is granted', [['allow: []', 'allow: [{ namespace: { name: green } }]']]],
    ['variant: another service is granted', [['allow: []', 'allow: [{ host: www.example.com }]']]],
  ])('%s', (_what, edits) => {
    expect(calledIn(edits)).toEqual(['red/rl: ratelimit.blue.svc.cluster.local']);
  });

  test.each<[string, Edits]>([
    ['granted', [['allow: []', 'allow: [{ service: { name: ratelimit, namespace: blue } }]']]],
    ['granted with its namespace', [['allow: []', 'allow: [{ namespace: { name: blue } }]']]],
    ['called by gateways only', [['context: SIDECAR_INBOUND', 'context: GATEWAY']]],
    [
      'called by other pods',
      [['workloadSelector: { labels: { app: red } }', 'workloadSelector: { labels: { app: blue } }']],
    ],
    ['no cluster of Istio', [['outbound|8081||ratelimit.blue.svc.cluster.local', 'ratelimit']]],
  ])('nothing is told of one that is %s', (_what, edits) => {
    expect(calledIn(edits)).toEqual([]);
  });
});
