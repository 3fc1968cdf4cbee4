// Reads what deploy/monitoring ships: the alert rules, and the queries of the rules and of the dashboard.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../deploy/monitoring');

export type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

type RuleFile = { readonly groups: readonly { readonly rules: readonly AlertRule[] }[] };

const { spec } = parse(readFileSync(join(FOLDER, 'alerts.yaml'), 'utf8')) as { readonly spec: RuleFile };

/** As Prometheus reads it, without the wrapping of the operator. */
export const RULE_FILE = stringify(spec);

export const ALERTS: readonly AlertRule[] = spec.groups.flatMap(({ rules }) => rules);

type Panel = {
  readonly title: string;
  readonly type: string;
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
};

export const PANELS = (
  JSON.parse(readFileSync(join(FOLDER, 'dashboard.json'), 'utf8')) as { readonly panels: readonly Panel[] }
).panels;

/** Every query, with where it stands. Grafana replaces its variable for the interval. */
export const QUERIES: readonly { readonly from: string; readonly expr: string }[] = [
  ...ALERTS.map(({ alert, expr }) => ({ from: `alert ${alert}`, expr })),
  ...PANELS.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      from: `panel ${title}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    })),
  ),
];

const WORDS = new Set(['and', 'by', 'on', 'group_left', 'without', 'unless', 'or']);

/** The metrics that a query names: what is left of it without texts, lists of labels, ranges, functions and words. */
export const metricsIn = (expr: string): readonly string[] =>
  [
    ...expr
      .replaceAll(/"[^"]*"/g, '')
      .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
      .replaceAll(/\b(by|on|without|group_left)\s*\([^)]*\)/g, '')
      .matchAll(/\b[a-z_]\w*\b(?!\s*\()/g),
  ].flatMap(([name]) => (WORDS.has(name) ? [] : [name]));
