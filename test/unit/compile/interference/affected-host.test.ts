// To which entries a diagnostic about an affected host goes.
import { expect, test } from 'vitest';
import { diagnosticsOf } from '../../../../src/compile/interference/affected-host.ts';
import { scopesOf } from '../../../../src/compile/scopes.ts';
import { destination, grant, intent } from '../../../support/registered-hosts.ts';

const [WEB, DEFAULT] = [intent('web'), intent('default', { selector: {} })];
const diagnostic = {
  code: 'DestinationRulePassthrough',
  host: 'pay/api',
  destinationRule: 'pay/rule',
} as const;

const entriesFor = (grants: readonly ReturnType<typeof grant>[]) => {
  const [scope] = scopesOf([WEB, DEFAULT], []);
  if (scope === undefined) throw new Error('an intent without a scope');
  return diagnosticsOf(
    { destination: destination('pay/api', { grants }), host: 'pay/api', diagnostic },
    scope,
  ).map(({ intent: name, entry }) => [name, entry]);
};

test('to each entry that grants the host', () => {
  expect(entriesFor([grant(WEB, { entry: 2 }), grant(DEFAULT)])).toEqual([
    ['web', 2],
    ['default', 0],
  ]);
});

test('to each intent of the scope for a platform host, which no entry grants', () => {
  expect(new Set(entriesFor([]))).toEqual(
    new Set([
      ['web', undefined],
      ['default', undefined],
    ]),
  );
});
