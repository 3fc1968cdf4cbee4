// Edits of the registrations of others for hosts that intents grant by name: where one comes or goes, our own takes over, in listeners that were made
// for the other one.
import * as fc from 'fast-check';
import { arbitraryWorld, type WorldOptions } from './arbitrary-worlds.ts';
import type { Edit, EditSequence } from './edit-sequence.ts';
import { SHOP, type IntentSpec, type ServiceEntrySpec } from './world-spec.ts';

const HOSTS = ['a.ext.com', 'b.ext.com', 'c.ext.com'] as const;

/** What each number has where nothing else is said. */
const USUAL = [
  { port: 443, protocol: 'TLS' },
  { port: 8080, protocol: 'HTTP' },
] as const;
const HTTP_AND_TLS = [
  { port: 443, protocol: 'TLS' },
  { port: 443, protocol: 'HTTP' },
  { port: 8080, protocol: 'HTTP' },
  { port: 8080, protocol: 'TLS' },
] as const;
/** A TCP host without an address takes every call on its port: only a registration with one has such ports. */
const TCP = [
  { port: 443, protocol: 'TCP' },
  { port: 5432, protocol: 'TCP' },
] as const;

type Port = { readonly port: number; readonly protocol: string };
const portsAmong = (ports: readonly Port[]): fc.Arbitrary<readonly Port[]> =>
  fc.uniqueArray(fc.constantFrom(...ports), { minLength: 1, maxLength: 2, selector: ({ port }) => port });

const entry = fc.record(
  { host: fc.constantFrom(...HOSTS), ports: portsAmong(USUAL) },
  { requiredKeys: ['host'] },
);
const intent: fc.Arbitrary<IntentSpec> = fc.record({
  selector: fc.constantFrom({}, {}, { a: '1' }),
  mode: fc.constant('Enforce' as const),
  allow: fc.array(entry, { minLength: 1, maxLength: 3 }),
});
/**
 * One port: with a further port that is not granted, our registration can go neither before the Sidecars, which would open that port, nor after them without
 * that calls of others by name on the granted one fail for one write.
 */
const registeredPort = (ports: readonly Port[]) =>
  fc.constantFrom(...ports).map(({ port: number, protocol }) => [{ number, protocol }]);

const registration: fc.Arbitrary<ServiceEntrySpec> = fc
  .constantFrom('none' as const, 'one' as const, 'granted' as const)
  .chain((addresses) =>
    fc.record({
      namespace: fc.constantFrom(SHOP, SHOP, SHOP, 'istio-system'),
      host: fc.constantFrom(...HOSTS),
      addresses: fc.constant(addresses),
      resolution: fc.constantFrom('DNS' as const, 'STATIC' as const),
      ports: registeredPort(addresses === 'none' ? HTTP_AND_TLS : [...HTTP_AND_TLS, ...TCP]),
      exportTo: fc.constantFrom<readonly string[]>([], [], ['pay']),
      older: fc.boolean(),
    }),
  );
const registrations = fc.array(registration, { maxLength: 1 });

const at = fc.nat(3);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  registrations.map((serviceEntries): Edit => ({ kind: 'change-registrations', serviceEntries })),
  fc.record({ kind: fc.constant('change-intent' as const), at, intent }),
);

/** Others register one host at a time: an edit that takes one away and adds another may itself lead calls for the first to the second. */
export const replacedHostsEdits = ({
  versions,
}: Pick<WorldOptions, 'versions'>): fc.Arbitrary<EditSequence> =>
  fc.record({
    start: fc
      .tuple(arbitraryWorld({ versions }), registrations, fc.array(intent, { minLength: 1, maxLength: 2 }))
      .map(([world, serviceEntries, intents]) => ({
        ...world,
        serviceEntries,
        sidecars: [],
        intents,
        pods: [{}, { a: '1' }],
      })),
    edits: fc.array(fc.record({ edit, after: fc.constantFrom(0, 1, 60) }), { minLength: 1, maxLength: 3 }),
  });
