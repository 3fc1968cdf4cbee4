// `npm run fidelity`: judges the cases, or one mesh from a YAML file, and shows for each call how it travels without and with the intent.
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { parseAllDocuments } from 'yaml';
import { messageOf } from '../../../src/domain/egress-intent/diagnostics.ts';
import { startOracle } from '../../kits/oracle/oracle.ts';
import type { KubeObject } from '../../support/cluster.ts';
import { travelText } from '../travel.ts';
import { FIDELITY_CASES, type FidelityCase } from './fidelity-case.ts';
import { judgeCase, type JudgedCase } from './judge-case.ts';

type Flags = {
  readonly istio: 'current' | 'older';
  readonly file?: string;
  readonly call: readonly string[];
  readonly trusted: readonly string[];
  readonly brief: boolean;
  readonly json: boolean;
};

const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];

const command = new Command('npm run fidelity --')
  .argument('[names...]', 'parts of names of cases; default all')
  .addOption(
    new Option('--istio <which>', 'the Istio whose code judges')
      .choices(['current', 'older'])
      .default('current'),
  )
  .option('--file <file>', 'judge the objects and intents of namespace red in this YAML file, with --call')
  .option('--call <call>', 'a call, as in "http 10.96.0.1:80 api.blue"; repeatable', collect, [])
  .option('--trusted <namespace>', 'a trusted namespace of --file; repeatable', collect, [])
  .option('--brief', 'only one line for each case', false)
  .option('--json', 'print how each call travels as JSON', false)
  .parse();
const flags = command.opts<Flags>();

async function casesToJudge(): Promise<readonly FidelityCase[]> {
  if (flags.file === undefined)
    return FIDELITY_CASES.filter(
      ({ name }) => command.args.length === 0 || command.args.some((part) => name.includes(part)),
    );
  const documents = parseAllDocuments(await readFile(flags.file, 'utf8'));
  const objects = documents.flatMap((each) => (each.toJS() as KubeObject | null) ?? []);
  const calls = Object.fromEntries(flags.call.map((call) => [call, 'same'] as const));
  return [{ name: flags.file, objects, calls, trusted: flags.trusted, unsaid: [], said: [] }];
}

function show(
  { name }: FidelityCase,
  { calls, written, diagnostics, invalid, falseAlarms, missing }: JudgedCase,
): void {
  const isRight =
    calls.every(({ wrong }) => wrong === undefined) &&
    invalid.length + falseAlarms.length + missing.length === 0;
  if (flags.brief) {
    const found = [
      ...calls.flatMap(({ call, wrong }) => (wrong ? [`${call}: ${wrong}`] : [])),
      ...invalid,
      ...falseAlarms.map(({ code }) => `false alarm ${code}`),
      ...missing.map((code) => `not said ${code}`),
    ];
    process.stdout.write(`${isRight ? 'right' : 'WRONG'} ${[name, ...found].join('; ')}\n`);
    return;
  }
  process.stdout.write(`${isRight ? 'right' : 'WRONG'} ${name}\n`);
  for (const object of written)
    process.stdout.write(`    ${object.kind} ${JSON.stringify(object['spec'])}\n`);
  for (const each of diagnostics) process.stdout.write(`    ${each.code}: ${messageOf(each)}\n`);
  for (const text of invalid) process.stdout.write(`    INVALID ${text}\n`);
  for (const { code } of falseAlarms) process.stdout.write(`    FALSE ALARM ${code}\n`);
  for (const code of missing) process.stdout.write(`    NOT SAID ${code}\n`);
  for (const each of calls) {
    process.stdout.write(
      `    ${each.call}: ${each.right} ${each.wrong === undefined ? '' : `WRONG: ${each.wrong}`}\n`,
    );
    process.stdout.write(
      `        before ${travelText(each.before)}\n        after  ${travelText(each.after)}`,
    );
    process.stdout.write(
      `${each.differences.length === 0 ? '' : ` (differs: ${each.differences.join(', ')})`}\n`,
    );
    if (flags.json) process.stdout.write(`${JSON.stringify([each.before, each.after], undefined, 2)}\n`);
  }
}

const oracle = await startOracle({ istio: flags.istio });
let wrong = 0;
for (const each of await casesToJudge()) {
  const judged = await judgeCase(each, oracle, {
    istio: flags.istio,
    detail: flags.json ? 'json' : 'hashes',
  });
  if (
    judged.invalid.length + judged.falseAlarms.length + judged.missing.length > 0 ||
    judged.calls.some((call) => call.wrong !== undefined)
  )
    wrong += 1;
  show(each, judged);
}
await oracle.stop();
process.stdout.write(`${wrong} wrong\n`);
process.exitCode = wrong > 0 ? 1 : 0;
