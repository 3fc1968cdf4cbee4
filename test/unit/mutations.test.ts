// The mutations of the proof still fit the source: mutation.test.ts, which needs the oracle, would tell only much later.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXCUSE_MUTATIONS } from '../proof/excuse-mutations.ts';
import { FIDELITY_MUTATIONS } from '../proof/fidelity-mutations.ts';
import { MUTATIONS } from '../proof/mutations.ts';
import { TRANSITION_MUTATIONS } from '../proof/transition-mutations.ts';

const SOURCE = join(import.meta.dirname, '../../src');

test.each([...MUTATIONS, ...FIDELITY_MUTATIONS, ...EXCUSE_MUTATIONS, ...TRANSITION_MUTATIONS])(
  'a compiler that $mistake differs in one place',
  ({ file, find, replace }) => {
    const source = readFileSync(join(SOURCE, file), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  },
);
