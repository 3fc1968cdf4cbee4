// Where a text needs quotes in YAML, the error says so.
import { afterAll, expect, test } from 'vitest';
import { INTENT, makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

test.each(['*', '*.example.com', '*-api.example.com'])('tells to write %s in quotes', async (host) => {
  const { code, stdout } = await cli(['validate', '-'], INTENT.replace('www.example.com', host));
  expect(stdout).toMatch(/^<stdin>:7:11: error: .*write it in quotes \[Syntax\]\n$/);
  expect(code).toBe(1);
});
