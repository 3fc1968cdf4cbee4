// Installs CustomResourceDefinitions and waits until their kinds are served.
import { parseAllDocuments } from 'yaml';
import { connect, eventually, refOf, type KubeObject } from '../../support/cluster.ts';

type Definition = KubeObject & {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
};

/** Applies every document of the YAML texts, in parallel. Every served version can be listed when this returns. */
export async function installCrds(kubeconfig: string, texts: readonly string[]): Promise<void> {
  const definitions = texts.flatMap((text) =>
    parseAllDocuments(text)
      .map((document) => document.toJS() as Definition | null)
      .filter((definition) => definition !== null),
  );
  const cluster = connect(kubeconfig);
  try {
    await Promise.all(
      definitions.map(async (definition) => {
        await cluster.apply(definition);
        await eventually(async () => {
          const live = await cluster.get(refOf(definition));
          if (!isEstablished(live)) throw new Error(`${definition.metadata.name} is not established`);
        });
        const { group, names, versions } = definition.spec;
        for (const { name } of versions.filter(({ served }) => served))
          await eventually(() => cluster.list({ apiVersion: `${group}/${name}`, plural: names.plural }));
      }),
    );
  } finally {
    await cluster.close();
  }
}

function isEstablished(definition: KubeObject | undefined): boolean {
  const status = definition?.['status'] as
    { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } | undefined;
  return (
    status?.conditions?.some(({ type, status: state }) => type === 'Established' && state === 'True') ?? false
  );
}
