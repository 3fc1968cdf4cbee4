// Tells each intent that the MeshConfig, on which its Sidecar depends, cannot be read.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';

export const meshConfigDiagnostics = ({ mesh, intents }: Snapshot): readonly Diagnostic[] =>
  mesh.configs.flatMap(({ namespace, name, unreadable }) =>
    unreadable === undefined
      ? []
      : intents.map((intent): Diagnostic => ({
          code: 'MeshConfigUnreadable',
          intent: intent.name,
          configMap: `${namespace}/${name}`,
          ...unreadable,
        })),
  );
