// What the pages for readers show and name is what the code does and has.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { customResourceDefinition } from '../../src/domain/egress-intent/crd.ts';
import { parseSpec } from '../../src/domain/egress-intent/intent.ts';
import { REASONS } from '../../src/domain/egress-intent/condition-reasons.ts';
import type { Status } from '../../src/domain/egress-intent/status.ts';
import { INTENT_DEFINITION } from '../../src/domain/kinds/custom-resource-definition.ts';
import { makeCliFolder, type CliFolder } from '../support/cli.ts';
import { compiled } from '../support/compiler.ts';
import { manifests } from '../support/deploy.ts';
import { BLUE_SVC, GREEN, RED_APP, intent as intentOf, storyObjects } from '../support/story.ts';

const ROOT = join(import.meta.dirname, '../..');
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const README = textOf('README.md');
const [intentText = '', outputText = ''] = [...README.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
  ([, text]) => text,
);

type Intent = { readonly spec: { readonly allow: readonly unknown[] } };
const intent = parse(intentText) as Intent;
const withFirstEntries: Intent = {
  ...intent,
  spec: { ...intent.spec, allow: intent.spec.allow.slice(0, 3) },
};

/** The cells of a Markdown table's body below a heading, row by row. */
function tableBelow(text: string, heading: string): readonly (readonly string[])[] {
  const [, after = ''] = text.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? [];
  const [, , ...rows] = table.trim().split('\n');
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const codesIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

describe('the README', () => {
  let folder: CliFolder;
  beforeAll(async () => {
    folder = await makeCliFolder();
  });
  afterAll(() => folder.remove());

  test('shows an intent that is sound, with an entry of every kind', () => {
    const spec = parseSpec(intent.spec, 'red');
    expect(spec.ok && spec.value.allow.map(({ kind }) => kind)).toEqual([
      'namespace',
      'service',
      'host',
      'serviceEntry',
      'cidr',
    ]);
  });

  test('shows what render prints for the first three entries', async () => {
    const file = await folder.file('red.yaml', JSON.stringify(withFirstEntries));
    const { stdout, code } = await folder.cli(['render', '--managed', file]);
    expect({ stdout, code }).toEqual({ stdout: outputText, code: 0 });
  });

  test('shows what the columns of the definition say of a mistyped name', () => {
    const mistyped = { service: { ...(BLUE_SVC['service'] as object), name: 'nginx-blu-svc' } };
    const object = intentOf([GREEN, mistyped], { selector: RED_APP });
    const { statuses } = compiled([...storyObjects, object], 'red');
    const shown = README.split('\n').filter((line) => /^(NAME|red) {3,}/.test(line));
    expect(shown.map((line) => line.split(/ {2,}/).slice(0, -1))).toEqual(wideColumns(statuses['red']));
  });

  test('names every reason for which a condition does not hold, and no other', () => {
    const rows = tableBelow(README, 'How to find out why').filter(
      ([condition]) => condition !== '`Ready`' && condition !== '`Stalled`',
    );
    const named = rows.map(([condition = '', , otherwise = '']) => [
      ...codesIn(condition),
      ...codesIn(otherwise)
        .filter((reason) => reason !== 'Unknown')
        .toSorted(),
    ]);
    const { Ready: _all, Stalled: _spec, ...conditions } = REASONS;
    const expected = Object.entries(conditions).map(([type, reasons]) => {
      const saidOnce = type === 'Accepted' ? ['Pending'] : ['Pending', 'Invalid']; // reasons of every condition
      const others = Object.entries(reasons).flatMap(([reason, { status }]) =>
        status === 'True' || saidOnce.includes(reason) ? [] : reason,
      );
      return [type, ...others.toSorted()];
    });
    expect(named).toEqual(expected);
  });

  test('lists every flag of the controller, and no other', async () => {
    const { stdout } = await folder.cli(['controller', '--help']);
    const flags = [...stdout.matchAll(/^ {2}(--[\w-]+(?: <[\w/]+>)?)/gm)].map(([, flag = '']) => flag);
    const named = tableBelow(README, 'Settings').flatMap(([flag = '']) => codesIn(flag));
    expect(flags.length).toBeGreaterThan(10);
    expect(named.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(flags.toSorted((a, b) => (a < b ? -1 : 1)));
  });
});

type Rule = Readonly<Record<'resources' | 'verbs' | 'resourceNames', readonly string[] | undefined>>;

/** Each right as a line, such as `list configmaps in istio-system`. */
const rightsOf = (where: string, resources: readonly string[], verbs: readonly string[]): readonly string[] =>
  resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource} in ${where}`));

test('SECURITY.md lists the rights of deploy/controller.yaml, and no other', async () => {
  const rows = tableBelow(textOf('SECURITY.md'), 'What the controller may do');
  const listed = rows.flatMap(([where = '', resources = '', verbs = '']) =>
    rightsOf(codesIn(where)[0] ?? where, codesIn(resources), codesIn(verbs)),
  );
  const roles = (await manifests()).filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
  const given = roles.flatMap(({ metadata: { namespace = 'all namespaces' }, ['rules']: rules }) =>
    (rules as readonly Rule[]).flatMap(({ resources = [], verbs = [], resourceNames = [] }) =>
      rightsOf(
        resourceNames.includes(INTENT_DEFINITION) ? 'the definition of intents' : namespace,
        resources,
        verbs,
      ),
    ),
  );
  expect(given.length).toBeGreaterThan(40);
  expect(listed.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(given.toSorted((a, b) => (a < b ? -1 : 1)));
});

/** What `kubectl get -o wide` prints, without the age: the header, and the row of an intent that is named red. */
function wideColumns(status: Status | undefined): readonly (readonly string[])[] {
  const { additionalPrinterColumns: columns } = (
    customResourceDefinition() as {
      readonly spec: {
        readonly versions: readonly {
          readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
        }[];
      };
    }
  ).spec.versions[0] ?? { additionalPrinterColumns: [] };
  const valueAt = (jsonPath: string): string => {
    const [, type, field] = /@\.type=="(\w+)".*\.(\w+)$/.exec(jsonPath) ?? [];
    if (type === undefined) return 'Enforce';
    const condition = status?.conditions?.find((each) => each.type === type);
    return String(Object.entries(condition ?? {}).find(([name]) => name === field)?.[1]);
  };
  const shown = columns.filter(({ name }) => name !== 'Age');
  return [
    ['NAME', ...shown.map(({ name }) => name.toUpperCase())],
    ['red', ...shown.map(({ jsonPath }) => valueAt(jsonPath))],
  ];
}

const PAGES = globSync(['*.md', 'docs/*.md'], { cwd: ROOT });

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set([...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));

const exists = (pattern: string): boolean => globSync(pattern, { cwd: ROOT }).length > 0;

describe.each(PAGES)('%s', (page) => {
  const text = textOf(page);

  test('links only to what there is', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('names only paths that there are', () => {
    const paths = codesIn(text).filter((code) => /^(src|test|deploy|crds|docs)\/[^\s]*$/.test(code));
    const files = codesIn(text).filter((code) => /^[\w-]+\.ts$/.test(code));
    expect(paths.filter((path) => !exists(path))).toEqual([]);
    expect(files.filter((file) => !exists(`{src,test}/**/${file}`))).toEqual([]);
  });

  test('names only scripts that there are', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !SCRIPTS.includes(script))).toEqual([]);
  });
});

const { scripts } = JSON.parse(textOf('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const SCRIPTS = Object.keys(scripts);

test('CONTRIBUTING.md says what every script does', () => {
  const named = tableBelow(textOf('CONTRIBUTING.md'), 'The fast loop').flatMap(([script = '']) =>
    codesIn(script),
  );
  expect(named.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(SCRIPTS.toSorted());
});
