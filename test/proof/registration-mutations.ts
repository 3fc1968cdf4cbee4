// Mistakes about registrations of others below what is granted: below a wildcard.
import type { FidelityMutation } from './fidelity-mutations.ts';

export const REGISTRATION_MUTATIONS: readonly FidelityMutation[] = [
  {
    mistake: 'forgets what others register below a wildcard that an entry grants by its ServiceEntry',
    foundBy: 'wildcard granted by serviceEntry, over a host',
    file: 'compile/grants/from-service-entry.ts',
    find: 'targets: [...targets, ...below.targets]',
    replace: 'targets: [...targets, ...below.targets.slice(99)]',
  },
  {
    mistake: 'forgets what others register below a wildcard that an entry grants with its namespace',
    foundBy: 'wildcard of a granted namespace, over a host',
    file: 'compile/grants/from-namespace.ts',
    find: 'targets: [...targets, ...below.targets]',
    replace: 'targets: [...targets, ...below.targets.slice(99)]',
  },
];
