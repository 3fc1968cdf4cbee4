// How istiod reads messages of protobuf that stand in YAML, such as MeshConfig and ProxyConfig.
import { z } from 'zod';

/**
 * A message: each field counts under its name in JSON (`rootNamespace`) and under that in proto (`root_namespace`), the former before the
 * latter even if it is null. Null is absent, and fields that are not named here are passed over. The fields of `onlyInJson` count under their name in
 * JSON only. Source: github.com/golang/protobuf jsonpb/decode.go, unmarshalMessage.
 */
export const message = <Fields extends z.ZodRawShape>(
  fields: Fields,
  onlyInJson: readonly (keyof Fields & string)[] = [],
) => z.preprocess((raw) => underJsonNames(raw, Object.keys(fields), new Set(onlyInJson)), z.object(fields));

/** An enum, by name or by number. A number without a name is `undefined`. Source: the same, unmarshalSingularValue. */
export const enumOf = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  z
    .union([z.enum(names), z.int()])
    .transform((value): Name | undefined => (typeof value === 'number' ? names[value] : value));

function underJsonNames(raw: unknown, names: readonly string[], onlyInJson: ReadonlySet<string>): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const given = new Map<string, unknown>(Object.entries(raw));
  const fields = names.map((name) => {
    const isInJson = given.has(name) || onlyInJson.has(name);
    return [name, given.get(isInJson ? name : protoName(name))] as const;
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined && value !== null));
}

const protoName = (jsonName: string): string =>
  jsonName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
