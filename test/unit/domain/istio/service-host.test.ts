// Names of Services: from a further name to the Services that may have it.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFurtherName, servicesWithFurtherName } from '../../../../src/domain/istio/service-host.ts';

const label = fc.constantFrom('api', 'pay', 'svc', 'cluster', 'local', '*', 'db-0');
const name = fc.array(label, { minLength: 1, maxLength: 7 }).map((labels) => labels.join('.'));
const DOMAIN = 'cluster.local';
const SERVICES = ['api.pay', 'pay.api', 'db-0.svc', 'svc.svc', 'local.cluster'].map(
  (service) => `${service}.svc.${DOMAIN}`,
);

test('the Services found by a further name are those that have it', () => {
  fc.assert(
    fc.property(name, (candidate) => {
      const found = servicesWithFurtherName(candidate, DOMAIN);
      expect(SERVICES.filter((host) => found.includes(host))).toEqual(
        SERVICES.filter((host) => isFurtherName(candidate, host, DOMAIN)),
      );
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['api.pay', ['api.pay.svc.cluster.local']],
  ['api.pay.svc', ['api.pay.svc.cluster.local']],
  ['*.api.pay.svc.cluster.local', ['api.pay.svc.cluster.local']],
  ['db-0.api.pay', ['api.pay.svc.cluster.local']],
  ['api.pay.svc.cluster.local', []],
  ['api', []],
])('%s', (candidate, services) => {
  expect(servicesWithFurtherName(candidate, DOMAIN)).toEqual(expect.arrayContaining(services));
  expect(servicesWithFurtherName(candidate, DOMAIN).includes('api.pay.svc.cluster.local')).toBe(
    services.length > 0,
  );
});
