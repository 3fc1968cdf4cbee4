// The end of a `switch` over a closed union: the type checker proves that nothing gets here.

export function unreachable(value: never): never {
  throw new Error(`not foreseen: ${JSON.stringify(value)}`);
}
