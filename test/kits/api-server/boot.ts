// Puts the parts of the API server together, and in it what every cluster has from its first moment.
import { stamp, type Api } from './api.ts';
import { builtinResources, SERVICES } from './builtins.ts';
import { create } from './create.ts';
import { resourcesOf } from './custom-resource-definition.ts';
import { isFailure } from './failure.ts';
import { followDefinitions, startCollector } from './garbage.ts';
import type { JsonObject } from './json.ts';
import { createRegistry, type Resource } from './resource.ts';
import { createClusterIps } from './services.ts';
import { createStore } from './store.ts';

export type BootOptions = {
  readonly clock?: () => Date;
  readonly garbageCollection?: boolean;
  readonly historyLimit?: number;
};

/** The characters of generated names; like the real server's, without those that make words. */
const SUFFIX_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

export function boot(options: BootOptions): { readonly api: Api; readonly stop: () => void } {
  const { clock = () => new Date(), garbageCollection = true, historyLimit } = options;
  const store = createStore(historyLimit === undefined ? {} : { historyLimit });
  const registry = createRegistry();
  const clusterIps = createClusterIps();
  const api: Api = { store, registry, clock, newUid: uids(), newSuffix: suffixes() };
  const builtins = builtinResources(clusterIps, () => stamp(clock()));
  for (const table of new Set(builtins.map((each) => each.table))) {
    registry.install(
      table,
      builtins.filter((each) => each.table === table),
    );
    store.forget(table); // opens the table, so that its history begins here
  }
  store.subscribe(({ table, before, after }) => {
    if (table === SERVICES) clusterIps.note(before?.object, after?.object);
  });
  followDefinitions(api, resourcesOf);
  const collector = startCollector(api, { owners: garbageCollection });
  for (const { plural, namespace, object } of FIRST_OBJECTS)
    furnish(api, builtins, plural, namespace, object);
  return { api, stop: collector.stop };
}

const FIRST_OBJECTS: readonly {
  readonly plural: string;
  readonly namespace?: string;
  readonly object: JsonObject;
}[] = [
  ...['kube-system', 'kube-public', 'kube-node-lease', 'default'].map((name) => ({
    plural: 'namespaces',
    object: { metadata: { name } },
  })),
  {
    plural: SERVICES,
    namespace: 'default',
    object: {
      metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
    },
  },
];

function furnish(
  api: Api,
  builtins: readonly Resource[],
  plural: string,
  namespace: string | undefined,
  object: JsonObject,
): void {
  const resource = builtins.find((each) => each.plural === plural);
  if (resource === undefined) throw new Error(`no built-in resource ${plural}`);
  const result = create(api, resource, namespace, object, { manager: 'kube-apiserver', dryRun: false });
  if (isFailure(result)) throw new Error(`cannot furnish the cluster: ${result.message}`);
}

/** Ids that are UUIDs, and the same in every run. */
function uids(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
  };
}

function suffixes(): () => string {
  let count = 0;
  return () => {
    count += 1;
    let rest = count;
    let suffix = '';
    while (suffix.length < SUFFIX_LENGTH) {
      suffix = (SUFFIX_CHARACTERS[rest % SUFFIX_CHARACTERS.length] ?? '') + suffix;
      rest = Math.floor(rest / SUFFIX_CHARACTERS.length);
    }
    return suffix;
  };
}
