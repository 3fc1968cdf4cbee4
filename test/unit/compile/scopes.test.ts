// Which sets of labels decide what a pod may call, and which intents count for each.
import { describe, expect, test } from 'vitest';
import { scopesOf } from '../../../src/compile/scopes.ts';
import type { Intent } from '../../../src/domain/egress-intent/intent.ts';
import type { Labels } from '../../../src/domain/labels.ts';
import { intent } from '../../support/registered-hosts.ts';

const WEB = intent('web', { selector: { app: 'web' } });
const FRONT = intent('front', { selector: { tier: 'front' } });
const DEFAULT = intent('default', { selector: {} });

const scopes = (intents: readonly Intent[], ...pods: readonly Labels[]) =>
  scopesOf(
    intents,
    pods.map((labels, index) => ({
      namespace: 'shop',
      name: `pod-${index}`,
      labels,
      dataPlane: 'sidecar',
      bypasses: [],
    })),
  ).map(({ selector, intents: included, hasPods, restricted }) => ({
    selector,
    intents: included.map(({ name }) => name),
    hasPods,
    restricted,
  }));

describe('each intent has a scope', () => {
  test('with its selector, whether it has pods or not', () => {
    expect(scopes([WEB])).toEqual([
      { selector: { app: 'web' }, intents: ['web'], hasPods: false, restricted: true },
    ]);
    expect(scopes([WEB], { app: 'web', version: 'v1' })).toMatchObject([{ hasPods: true }]);
  });

  test('that includes the namespace default', () => {
    expect(scopes([DEFAULT, WEB])).toMatchObject([
      { selector: { app: 'web' }, intents: ['default', 'web'] },
      { selector: {}, intents: ['default'] },
    ]);
  });
});

describe('a pod that two intents select', () => {
  const POD = { app: 'web', tier: 'front' };

  test('has a scope with both, since Istio gives a pod one Sidecar', () => {
    expect(scopes([FRONT, WEB], POD)).toMatchObject([
      { selector: POD, intents: ['front', 'web'], hasPods: true },
      { selector: { app: 'web' }, intents: ['web'], hasPods: false },
      { selector: { tier: 'front' }, intents: ['front'], hasPods: false },
    ]);
  });

  test('is needed for that scope: no scope is made for a combination that no pod has', () => {
    expect(scopes([FRONT, WEB], { app: 'web' }, { tier: 'front' }).map(({ selector }) => selector)).toEqual([
      { app: 'web' },
      { tier: 'front' },
    ]);
  });
});

test('a scope is restricted if one of its intents enforces', () => {
  const audit = intent('audit', { selector: { app: 'web' }, mode: 'Audit' });
  expect(scopes([audit])).toMatchObject([{ restricted: false }]);
  expect(scopes([audit, DEFAULT])).toMatchObject([
    { selector: { app: 'web' }, restricted: true },
    { selector: {}, restricted: true },
  ]);
});

test('the most specific scope comes first', () => {
  const both = intent('both', { selector: { app: 'web', tier: 'front' } });
  expect(scopes([DEFAULT, FRONT, WEB, both]).map(({ selector }) => Object.keys(selector).length)).toEqual([
    2, 1, 1, 0,
  ]);
});
