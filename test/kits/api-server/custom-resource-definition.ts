// Makes resources out of CustomResourceDefinitions. Knows neither CEL rules nor conversion by webhook: the versions of
// a kind differ in nothing but their name and schema.
import { invalid, type Cause, type Failure } from './failure.ts';
import { equal, isList, isObject, textOf, type Json, type JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { objectSchema } from './metadata-schema.ts';
import { tableName, type Resource } from './resource.ts';
import { UNKNOWN, type Schema } from './schema.ts';
import { cause, quoted } from './validate.ts';

/** What the server reads of a definition's spec, once `completeDefinition` has accepted it. */
type Definition = {
  readonly group: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly names: {
    readonly plural: string;
    readonly kind: string;
    readonly singular?: string;
    readonly listKind?: string;
    readonly shortNames?: readonly string[];
  };
  readonly versions: readonly {
    readonly name: string;
    readonly served: boolean;
    readonly storage: boolean;
    readonly schema?: { readonly openAPIV3Schema: Schema };
    readonly subresources?: { readonly status?: JsonObject };
  }[];
};

/** The definition with its default names and its status: its kind is served at once. Fails with 422. */
export function completeDefinition(definition: KubeObject, now: string): KubeObject | Failure {
  const causes = refusals(definition);
  if (causes.length > 0)
    return invalid('CustomResourceDefinition', 'apiextensions.k8s.io', definition.metadata.name, causes);
  const spec = readDefinition(definition);
  const { kind, singular = kind.toLowerCase(), listKind = `${kind}List` } = spec.names;
  const names: JsonObject = { ...spec.names, singular, listKind };
  const stored = spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
  return {
    ...definition,
    spec: { conversion: { strategy: 'None' }, ...(definition['spec'] as JsonObject), names },
    status: established(definition['status'], names, stored, now),
  };
}

/** The resources of a definition, one for each version that is served. */
export function resourcesOf(definition: KubeObject): readonly Resource[] {
  const { group, scope, names, versions } = readDefinition(definition);
  const { plural, kind, singular = kind.toLowerCase(), listKind = `${kind}List`, shortNames = [] } = names;
  return versions
    .filter(({ served }) => served)
    .map(({ name, schema, subresources }): Resource => ({
      group,
      version: name,
      plural,
      singular,
      kind,
      listKind,
      shortNames,
      namespaced: scope === 'Namespaced',
      table: tableName(plural, group),
      schema: objectSchema(schema?.openAPIV3Schema ?? UNKNOWN),
      hasStatus: subresources?.status !== undefined,
      custom: true,
      behaviour: { countsGenerations: true },
    }));
}

function readDefinition(definition: KubeObject): Definition {
  // The border: `refusals` has looked at what is read here.
  return definition['spec'] as unknown as Definition;
}

function refusals(definition: KubeObject): readonly Cause[] {
  const spec = isObject(definition['spec']) ? definition['spec'] : {};
  const names = isObject(spec['names']) ? spec['names'] : {};
  const missing = ['plural', 'kind']
    .filter((key) => typeof names[key] !== 'string')
    .map((key) => cause('Required', `spec.names.${key}`, 'Required value'));
  const versions = isList(spec['versions']) ? spec['versions'] : [];
  const stored = versions.filter((version) => isObject(version) && version['storage'] === true);
  const storage = `Invalid value: ${quoted(versions.length)}: must have exactly one version marked as storage version`;
  const expected = `${textOf(names['plural'])}.${textOf(spec['group'])}`;
  const { name } = definition.metadata;
  return [
    ...missing,
    ...(stored.length === 1 ? [] : [cause('Invalid', 'spec.versions', storage)]),
    ...(name === expected || missing.length > 0
      ? []
      : [
          cause(
            'Invalid',
            'metadata.name',
            `Invalid value: ${quoted(name)}: must be spec.names.plural+"."+spec.group`,
          ),
        ]),
  ];
}

function established(
  status: Json | undefined,
  names: JsonObject,
  storedVersions: readonly string[],
  now: string,
): JsonObject {
  if (isObject(status) && equal(status['acceptedNames'], names)) return { ...status, storedVersions };
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: names,
    storedVersions,
  };
}
