// The alert rules: promtool takes them, and each fires where it should and is quiet where it should.
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { realParts } from '../../kits/control-plane/real-parts.ts';
import { ensurePrometheus } from '../../kits/prometheus/prerequisites.ts';
import { promtool } from '../../kits/prometheus/prometheus.ts';
import { ALERTS, RULE_FILE, type AlertRule } from '../../support/monitoring.ts';

type Labels = Readonly<Record<string, string>>;

/** Series as promtool writes them, one value a minute, under which an alert fires or is quiet. `labels` are those of the alert that fires. */
type Example = { readonly fires: Labels; readonly quiet: Labels; readonly labels?: Labels };

const always = (value: string): string => `${value}x2000`;
const REPLICA = 'job="egress-intent",instance="a"';

const EXAMPLES: Readonly<Record<string, Example>> = {
  EgressIntentControllerAbsent: {
    fires: {},
    quiet: { 'egress_intent_build_info{version="1"}': always('1') },
  },
  EgressIntentNoLeader: {
    fires: { 'leader_election_master_status{name="egress-intent",instance="a"}': always('0') },
    quiet: {
      'leader_election_master_status{name="egress-intent",instance="a"}': always('0'),
      'leader_election_master_status{name="egress-intent",instance="b"}': always('1'),
      'leader_election_master_status{name="another"}': always('0'),
    },
  },
  EgressIntentWatchSilent: {
    fires: { 'egress_intent_last_contact_timestamp_seconds{kind="Pod"}': always('1') },
    quiet: { 'egress_intent_last_contact_timestamp_seconds{kind="Pod"}': '0+60x2000' },
    labels: { kind: 'Pod' },
  },
  EgressIntentRemovalsHeld: {
    fires: { egress_intent_held_objects: always('3') },
    quiet: { egress_intent_held_objects: always('0') },
  },
  EgressIntentDefinitionGone: {
    fires: { 'egress_intent_reconciles_total{result="paused"}': '0+1x2000' },
    quiet: { 'egress_intent_reconciles_total{result="settled"}': '0+1x2000' },
    labels: { result: 'paused' },
  },
  EgressIntentPodsNotRestricted: {
    fires: { 'egress_intent_pods{state="shadowed",instance="a"}': always('2') },
    quiet: {
      'egress_intent_pods{state="restricted",instance="a"}': always('2'),
      'egress_intent_pods{state="shadowed"}': always('0'),
    },
    labels: { state: 'shadowed' },
  },
  EgressIntentNotReady: {
    fires: { 'egress_intent_intents{condition="Ready",status="False",reason="NotEffective"}': always('1') },
    quiet: { 'egress_intent_intents{condition="Ready",status="True",reason="Ready"}': always('1') },
    labels: { reason: 'NotEffective' },
  },
  EgressIntentWriteFight: {
    fires: { egress_intent_write_fights: always('1') },
    quiet: { egress_intent_write_fights: always('0') },
  },
  EgressIntentQueueSlow: {
    fires: { egress_intent_queue_oldest_wait_seconds: always('31') },
    quiet: { egress_intent_queue_oldest_wait_seconds: always('29') },
  },
  EgressIntentRunStuck: {
    fires: { 'workqueue_longest_running_processor_seconds{name="egress-intent"}': always('121') },
    quiet: { 'workqueue_longest_running_processor_seconds{name="another"}': always('121') },
    labels: { name: 'egress-intent' },
  },
  EgressIntentWriteBacklog: {
    fires: { egress_intent_write_backlog: always('101') },
    quiet: { egress_intent_write_backlog: always('99') },
  },
  EgressIntentRetrying: {
    fires: { egress_intent_namespaces_in_retry: always('1') },
    quiet: { egress_intent_namespaces_in_retry: always('0') },
  },
  EgressIntentApiErrors: {
    fires: {
      [`egress_intent_build_info{${REPLICA}}`]: always('1'),
      [`rest_client_requests_total{${REPLICA},code="<error>"}`]: '0+1x2000',
      [`rest_client_requests_total{${REPLICA},code="503"}`]: '0+1x2000',
      [`rest_client_requests_total{${REPLICA},code="200"}`]: '0+10x2000',
    },
    quiet: {
      [`egress_intent_build_info{${REPLICA}}`]: always('1'),
      [`rest_client_requests_total{${REPLICA},code="409"}`]: '0+9x2000',
      [`rest_client_requests_total{${REPLICA},code="200"}`]: '0+10x2000',
      'rest_client_requests_total{job="another",code="500"}': '0+10x2000',
    },
    labels: { job: 'egress-intent', instance: 'a' },
  },
  EgressIntentUnreadableObjects: {
    fires: { 'egress_intent_unreadable_objects{kind="Service"}': always('1') },
    quiet: { 'egress_intent_unreadable_objects{kind="Service"}': always('0') },
    labels: { kind: 'Service' },
  },
  EgressIntentKeptObjects: {
    fires: { egress_intent_kept_objects: always('1') },
    quiet: { egress_intent_kept_objects: always('0') },
  },
  EgressIntentPaused: {
    fires: { 'egress_intent_paused{kind="Namespace"}': always('1') },
    quiet: { 'egress_intent_paused{kind="Namespace"}': '1x600 0x2000' },
    labels: { kind: 'Namespace' },
  },
  EgressIntentBug: {
    fires: { 'egress_intent_reconciles_total{result="bug"}': '0+1x2000' },
    quiet: { 'egress_intent_reconciles_total{result="bug"}': always('4') },
    labels: { result: 'bug' },
  },
};

/** Later than the `for` of the rule. */
const timeOf = ({ for: duration = '' }: AlertRule): string => (duration === '24h' ? '1500m' : '60m');

function testOf(rule: AlertRule, series: Labels, firing: Labels | undefined) {
  const { alert, labels: severity, annotations } = rule;
  const filled = (text: string): string =>
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => firing?.[label] ?? '');
  const expected = {
    exp_labels: { ...severity, ...firing },
    exp_annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, text]) => [key, filled(text)]),
    ),
  };
  return {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      { eval_time: timeOf(rule), alertname: alert, exp_alerts: firing === undefined ? [] : [expected] },
    ],
  };
}

describe.runIf(await realParts(ensurePrometheus()))('the alert rules', () => {
  test('are accepted by promtool', async () => {
    const { code, stdout } = await promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': RULE_FILE });
    expect([code, stdout]).toEqual([0, expect.stringContaining(`SUCCESS: ${ALERTS.length} rules found`)]);
  });

  test('have an example each', () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(ALERTS.map(({ alert }) => alert).toSorted());
  });

  test.each(ALERTS)('$alert fires, says what to do, and is quiet otherwise', async (rule) => {
    const { fires = {}, quiet = {}, labels = {} } = EXAMPLES[rule.alert] ?? {};
    expect(Object.keys(rule.annotations)).toEqual(['summary', 'description']);
    const tests = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '1m',
      tests: [testOf(rule, fires, labels), testOf(rule, quiet, undefined)],
    };
    const { code, stdout, stderr } = await promtool(['test', 'rules', 'tests.yaml'], {
      'rules.yaml': RULE_FILE,
      'tests.yaml': stringify(tests),
    });
    expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
