// Makes resources out of CustomResourceDefinitions. CEL rules, formats, printer columns and categories are ignored; other
// parts that this server does not support are refused.
import { invalid, notServed, type Failure } from './failure.ts';
import { isList, isObject, type JsonObject } from './json.ts';
import { timestamp, type KubeObject } from './kube-object.ts';
import { objectSchema } from './metadata.ts';
import type { Resource } from './resource.ts';
import { UNKNOWN, type Schema } from './schema.ts';
import { invalidValue } from './validate.ts';

/** The part of a definition's spec that the server reads, once `completeDefinition` has accepted it. */
type Spec = {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly plural: string; readonly kind: string; readonly listKind?: string };
  readonly versions: readonly [Version];
};
type Version = {
  readonly name: string;
  readonly schema?: { readonly openAPIV3Schema: Schema };
  readonly subresources?: { readonly status?: JsonObject };
};

/** What a version may not contain, by its keys. A property of such a name is refused too. */
const UNSUPPORTED =
  /"(?:allOf|anyOf|oneOf|not|nullable|multipleOf|exclusiveM\w+|minProperties|uniqueItems|scale|selectableFields|x-kubernetes-int-or-string|x-kubernetes-embedded-resource)":/;

/** The definition with its default names and its status: the kind is served at once. */
export function completeDefinition(definition: KubeObject): KubeObject | Failure {
  const { conversion, versions } = isObject(definition['spec']) ? definition['spec'] : {};
  if (!isList(versions) || versions.length !== 1)
    return notServed('a definition without exactly one version');
  const found = UNSUPPORTED.exec(JSON.stringify(versions));
  if (found !== null) return notServed(`a definition with ${found[0]}`);
  if (isObject(conversion) && conversion['strategy'] !== 'None') return notServed('conversion');
  const { spec, version, listKind } = readSpec(definition);
  const { name } = definition.metadata;
  if (name !== `${spec.names.plural}.${spec.group}`) {
    const wrong = invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group');
    return invalid('CustomResourceDefinition', 'apiextensions.k8s.io', name, [wrong]);
  }
  const acceptedNames = { singular: spec.names.kind.toLowerCase(), ...spec.names, listKind };
  const lastTransitionTime = timestamp();
  const conditions = ['NamesAccepted', 'Established'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime,
  }));
  return {
    ...definition,
    spec: { conversion: { strategy: 'None' }, ...(spec as unknown as JsonObject), names: acceptedNames },
    status: definition['status'] ?? { conditions, acceptedNames, storedVersions: [version.name] },
  };
}

export function resourceOf(definition: KubeObject): Resource {
  const { spec, version, listKind } = readSpec(definition);
  return {
    group: spec.group,
    version: version.name,
    plural: spec.names.plural,
    kind: spec.names.kind,
    listKind,
    namespaced: spec.scope === 'Namespaced',
    schema: objectSchema(version.schema?.openAPIV3Schema ?? UNKNOWN),
    hasStatus: version.subresources?.status !== undefined,
    custom: true,
  };
}

function readSpec(definition: KubeObject) {
  const spec = definition['spec'] as unknown as Spec;
  const { kind, listKind = `${kind}List` } = spec.names;
  return { spec, version: spec.versions[0], listKind };
}
