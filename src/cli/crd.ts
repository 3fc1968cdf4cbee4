// `egress-intent crd`: prints the CustomResourceDefinition of this version.
import { Command } from 'commander';
import { stringify } from 'yaml';
import { customResourceDefinition } from '../domain/egress-intent/crd.ts';
import type { Io } from './io.ts';

export function crdCommand(io: Io): Command {
  return new Command('crd').description('print the CustomResourceDefinition of EgressIntent').action(() => {
    io.stdout(stringify(customResourceDefinition(), { lineWidth: 0, aliasDuplicateObjects: false }));
  });
}
