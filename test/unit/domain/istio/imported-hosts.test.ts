// Reading a list of hosts once gives the same answers as looking at each of its hosts.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBelow } from '../../../../src/domain/istio/egress-host.ts';
import { importing } from '../../../../src/domain/istio/imported-hosts.ts';

const host = fc
  .tuple(
    fc.constantFrom('shop/', 'pay/', './', '*/', ''),
    fc.constantFrom('*', 'a.b.com', 'c.b.com', '*.b.com', '*-a.b.com', 'x-a.b.com', '*.com', 'b.com'),
  )
  .map((parts) => parts.join(''));
const listed = fc.tuple(fc.constantFrom('', '', '', '~'), host).map((parts) => parts.join(''));

function imports(hosts: readonly string[], asked: string): boolean {
  const isExcluded = hosts.some((each) => each.startsWith('~') && isBelow(each.slice(1), asked));
  return !isExcluded && hosts.some((each) => isBelow(each, asked));
}

test('a listener imports what its hosts cover, without what they exclude', () => {
  fc.assert(
    fc.property(
      fc.array(listed, { maxLength: 5 }),
      fc.array(host, { minLength: 1, maxLength: 5 }),
      (hosts, asked) => {
        const isImported = importing(hosts);
        expect(asked.map((each) => isImported(each))).toEqual(asked.map((each) => imports(hosts, each)));
      },
    ),
    { numRuns: 500 },
  );
});
