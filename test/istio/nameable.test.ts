// The names that a Sidecar may say, held equal to Istio's webhook by random names.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isNameable } from '../../src/domain/istio/nameable.ts';
import { sidecar } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const label = fc.oneof(
  fc.constantFrom(
    'api',
    'API',
    'a-b',
    '-a',
    'a-',
    'a_b',
    '',
    '10',
    '0',
    '-5',
    '99999999999999999999',
    'ä',
    'a b',
  ),
  fc.constantFrom('a'.repeat(63), 'a'.repeat(64), 'internal', 'com', 'svc', '[::1]', ':', 'a:80'),
);
const first = fc.oneof(
  label,
  fc.constantFrom('*', '*a', '*-', '*-api', '**', 'a*', '*-a*', `*${'a'.repeat(62)}`),
);
const host = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(first, fc.array(label, { maxLength: 3 })).map((parts) => parts.flat().join('.')),
  },
  fc.constantFrom(
    '',
    '*',
    '.',
    '*.',
    '*.*',
    '*.*.com',
    '*.com',
    'a.',
    'a..',
    'a.b.',
    'vmdb',
    'x/y',
    '~x',
    '~.a.b',
  ),
  fc.constantFrom(
    '192.0.2.1',
    '2001:db8::1',
    '::',
    '1.2',
    '1.2.3.4.',
    `${'abc.'.repeat(63)}ab`,
    `${'abc.'.repeat(64)}a`,
  ),
  fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
);
const namespace = fc.constantFrom(
  'blue',
  '*',
  '.',
  '',
  'a.b',
  'Blue',
  'a_b',
  'a'.repeat(64),
  '~~blue',
  '-a',
  '1',
);
const listed = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(namespace, host).map((parts) => parts.join('/')) },
  { weight: 8, arbitrary: host.map((name) => `blue/${name}`) },
  host,
  fc.constantFrom('~/*', '~/a.b', '~/x', '/', '~', '~/'),
);
const excluded = fc.tuple(namespace, host).map(([space, name]) => `~${space}/${name}`);

const NAMES = 4000;
const names = (from: fc.Arbitrary<string>): readonly string[] => [...new Set(fc.sample(from, NAMES))];

for (const istio of ['current', 'older'] as const) {
  await withOracle(
    `the names of a Sidecar, Istio ${istio}`,
    (oracle) => {
      const accepted = async (candidates: readonly string[]): Promise<readonly string[]> => {
        const objects = candidates.map((name, index) => sidecar(`shop/s${index}`, undefined, [name]));
        const { validation } = await oracle.judge({ objects, proxies: [], probes: [], validate: true });
        const refused = new Set(
          validation.filter(({ errors }) => errors.length > 0).map(({ object }) => object),
        );
        return candidates.filter((_name, index) => !refused.has(`Sidecar shop/s${index}`));
      };

      it('may be listed exactly if the webhook accepts them', async () => {
        const candidates = names(listed).filter((name) => istio === 'current' || !name.startsWith('~'));
        const nameable = candidates.filter(isNameable);
        expect(nameable.length).toBeGreaterThan(candidates.length / 20);
        expect(await accepted(candidates)).toEqual(nameable);
      });

      it('may be excluded exactly if the webhook accepts them, and before 1.31 never', async () => {
        const candidates = names(excluded).filter((name) => !name.startsWith('~/'));
        const nameable = candidates.filter(isNameable);
        expect(nameable.length).toBeGreaterThan(candidates.length / 20);
        expect(await accepted(candidates)).toEqual(istio === 'current' ? nameable : []);
      });
    },
    { istio },
  );
}
