// The paths that tell what is served: groups, versions and resources, and whether the server is well.
import type { JsonObject } from './json.ts';
import { apiVersionOf, type Registry, type Resource } from './resource.ts';

const VERSION = { major: '1', minor: '36', gitVersion: 'v1.36.0-in-process' };
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What a path tells: JSON, or plain text; `undefined` where there is nothing. */
export function discover(path: string, registry: Registry): JsonObject | string | undefined {
  const [root, group, version, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return undefined;
  switch (root) {
    case 'healthz':
    case 'livez':
    case 'readyz':
      return 'ok';
    case 'version':
      return VERSION;
    case 'api':
      if (group === undefined) return { kind: 'APIVersions', versions: ['v1'] };
      return version === undefined ? resourceList(registry, '', group) : undefined;
    case 'apis':
      if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(registry) };
      if (version === undefined) return groups(registry).find(({ name }) => name === group);
      return resourceList(registry, group, version);
    default:
      return undefined;
  }
}

function groups(registry: Registry): readonly JsonObject[] {
  const names = new Set(registry.all().map(({ group }) => group));
  names.delete('');
  return [...names].map((name) => {
    const versions = [
      ...new Set(
        registry
          .all()
          .filter(({ group }) => group === name)
          .map(apiVersionOf),
      ),
    ].map((groupVersion) => ({ groupVersion, version: groupVersion.slice(name.length + 1) }));
    return { kind: 'APIGroup', apiVersion: 'v1', name, versions, preferredVersion: versions[0] ?? null };
  });
}

function resourceList(registry: Registry, group: string, version: string): JsonObject | undefined {
  if (!registry.serves(group, version)) return undefined;
  const resources = registry.all().filter((each) => each.group === group && each.version === version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(described),
  };
}

function described({
  plural,
  singular,
  namespaced,
  kind,
  shortNames,
  hasStatus,
}: Resource): readonly JsonObject[] {
  const status = {
    name: `${plural}/status`,
    singularName: '',
    namespaced,
    kind,
    verbs: ['get', 'patch', 'update'],
  };
  return [
    { name: plural, singularName: singular, namespaced, kind, verbs: VERBS, shortNames },
    ...(hasStatus ? [status] : []),
  ];
}
