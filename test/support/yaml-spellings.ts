// How kubectl reads spellings of YAML. Our reader is compared with the table, and the table with kubectl itself.

/** A plain scalar, and its value in JSON. */
export const SCALARS: readonly (readonly [spelling: string, value: unknown])[] = [
  ...['on', 'On', 'ON', 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE'].map(
    (word) => [word, true] as const,
  ),
  ...['off', 'Off', 'OFF', 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE'].map(
    (word) => [word, false] as const,
  ),
  ...['~', 'null', 'Null', 'NULL', ''].map((word) => [word, null] as const),
  ...[
    'oN',
    'yES',
    'tRue',
    'nULL',
    'none',
    '<<',
    '=',
    '.',
    '..',
    '-x',
    'e3',
    '_1',
    '._1',
    '1.2.3',
    '0xg',
    '0o8',
    '1:30',
    '190:20:30',
    '1e',
    '+',
    '0b12',
    '2001-01-01',
    '2001-12-14t21:59:43.10-05:00',
    '1e999',
    '._',
    '.1_',
    '10.0.0.1',
    '1.30.3',
  ].map((word) => [word, word] as const),
  ['0443', 291],
  ['0o17', 15],
  ['0O17', 15],
  ['-017', -15],
  ['08', 8],
  ['09.5', 9.5],
  ['0x1F', 31],
  ['0X1f', 31],
  ['-0x1f', -31],
  ['0b101', 5],
  ['-0b101', -5],
  ['1_000', 1000],
  ['1__0', 10],
  ['10_', 10],
  ['+12', 12],
  ['1.', 1],
  ['.5', 0.5],
  ['+.5', 0.5],
  ['.1_0', 0.1],
  ['1e3', 1000],
  ['1E-2', 0.01],
  ['1_0.5', 10.5],
  ['0e1', 0],
  ['99999999999999999999', 100000000000000000000],
  ["'on'", 'on'],
  ['"0443"', '0443'],
  ['!!str on', 'on'],
  ['!!str 0443', '0443'],
  ['!!int "0443"', 291],
  ['!!float 1', 1],
  ['!!bool "on"', true],
  ['!custom on', 'on'],
  ['"\\x41\\u00e9\\U0001F600"', 'Aé😀'],
  ['"a\\\n      b"', 'ab'],
  ["'it''s'", "it's"],
  ['http://x:80/a#b', 'http://x:80/a#b'],
];

/** A text, and the documents in it. */
export const TEXTS: readonly (readonly [text: string, documents: readonly unknown[]])[] = [
  ['a: &a {x: 1}\nb: {<<: *a, y: 2}\n', [{ a: { x: 1 }, b: { x: 1, true: 2 } }]],
  ['a: &a {x: 1}\nb: {x: 2, <<: *a}\n', [{ a: { x: 1 }, b: { x: 1 } }]],
  ['a: &a {x: 1}\nb: {<<: *a, x: 2}\n', [{ a: { x: 1 }, b: { x: 2 } }]],
  [
    'a: &a {x: 1}\nc: &c {x: 3, z: 3}\nb: {<<: [*a, *c]}\n',
    [{ a: { x: 1 }, c: { x: 3, z: 3 }, b: { x: 1, z: 3 } }],
  ],
  ['b: {<<: {x: 1}}\n', [{ b: { x: 1 } }]],
  ['b: {"<<": {x: 1}}\n', [{ b: { '<<': { x: 1 } } }]],
  ['a: &a [1]\nb: *a\nc: &a 2\nd: *a\n', [{ a: [1], b: [1], c: 2, d: 2 }]],
  ['on: 1\n0x10: 2\n!!str no: 3\n', [{ true: 1, 16: 2, no: 3 }]],
  ['a: !!set {x, z}\n', [{ a: { x: null, z: null } }]],
  ['{"a": 1}', [{ a: 1 }]],
  ['{"a": on}', [{ a: true }]],
  ['{"a":\t"\\ud83d\\ude00"}', [{ a: '😀' }]],
  ['a: 1\n---\n# nothing\n---\nb: 2\n...\n', [{ a: 1 }, { b: 2 }]],
  ['--- # one\na: 1\r\n---\r\nb: |\r\n  x\r\n', [{ a: 1 }, { b: 'x\n' }]],
  ['\uFEFFa: é\n', [{ a: 'é' }]],
];

/** What kubectl refuses. */
export const REFUSED: readonly string[] = [
  'a: *nope\n',
  'a: &a [*a]\n',
  'a: {<<: 1}\n',
  'a: {<<: [[]]}\n',
  'a: .inf\n',
  'a: -.INF\n',
  'a: .nan\n',
  'a: !!int x\n',
  'a: !!bool 1\n',
  '? [1]\n: 2\n',
  'null: 1\n',
  'a: [\n',
  'a: "\u0007"\n',
  'a: 1\n--- {b: 2}\n',
  '%YAML 1.2\n---\na: 1\n',
  'a: b: c\n',
  'a: @b\n',
  '\ta: 1\n',
  aliasBomb(),
];

/** What kubectl reads in a way that an author hardly means, or passes over; we refuse it. */
export const REFUSED_BY_US: readonly string[] = [
  'a: 1\na: 2\n',
  'on: 1\ntrue: 2\n',
  '{"a": 1, "a": 2}',
  '{"b": {"a": 1, "a": 2}}',
  'a: 1\n...\nb: 2\n',
  '1.10: x\n',
  'a: !!binary aGk=\n',
  'a: &x:y 1\n',
  'a: "b\u2028c"\n',
];

/** Nine levels of ten aliases each. */
function aliasBomb(): string {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const item = (level: number): string => (level === 0 ? 'x' : `*${names[level - 1]}`);
  return names
    .map((name, level) => `${name}: &${name} [${Array.from({ length: 10 }, () => item(level)).join()}]\n`)
    .join('');
}
