// Runs istioctl: Istio's validation of YAML texts, and Istio's analysis of texts and of a cluster.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries } from './binaries.ts';
import { run, type Outcome } from './command.ts';
import { demand } from './real-parts.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

/** What `istioctl validate` reports about one object. */
export type Finding = {
  readonly severity: 'error' | 'warning';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly message: string;
};

/** A message of `istioctl analyze`. `origin` is `KIND NAMESPACE/NAME`; codes are Istio's, such as IST0110. */
export type AnalysisMessage = {
  readonly code: string;
  readonly level: 'Info' | 'Warning' | 'Error';
  readonly origin: string;
  readonly message: string;
  readonly reference?: string;
};

/**
 * Returns the findings of Istio's validation in istioctl's order: warnings, then errors. Objects of kinds that are not
 * Istio's count as valid. Throws if the text is not a list of Kubernetes objects.
 */
export async function validate(yamlText: string): Promise<readonly Finding[]> {
  const outcome = await istioctl(['validate', '-f', '-'], yamlText);
  const lines = `${outcome.stdout}\n${outcome.stderr}`.split('\n');
  const firstError = lines.findIndex((line) => line.startsWith('Error:'));
  const findings = lines.flatMap((line, index): readonly Finding[] => {
    const match = /^\s*\* (?<kind>\w+)\/(?<namespace>[^/]*)\/(?<name>[^:]+): (?<message>.*)$/.exec(line);
    if (match?.groups === undefined) return [];
    const { kind = '', namespace = '', name = '', message = '' } = match.groups;
    const severity = firstError !== -1 && index > firstError ? 'error' : 'warning';
    return [{ severity, kind, namespace, name, message }];
  });
  const explained = findings.some(({ severity }) => severity === 'error');
  if (outcome.code !== 0 && !explained) throw new Error(`istioctl validate: ${outcome.stderr}`);
  return findings;
}

export type AnalysisOptions = {
  /** The YAML of a MeshConfig; default: Istio's own default. */
  readonly meshConfig?: string;
  /** The text of a kubeconfig: analyzes the texts together with the objects of this cluster. */
  readonly kubeconfig?: string;
};

/**
 * Returns the messages of Istio's analyzers on all YAML texts together, for all namespaces, in istioctl's order.
 * Without a `kubeconfig`, istioctl reads only the texts and skips each analyzer that needs Pods, Services or
 * Namespaces, even if the texts hold some: no IST0110 for overlapping Sidecars. Throws if a text is not YAML.
 */
export async function analyze(
  yamlTexts: readonly string[],
  { meshConfig, kubeconfig }: AnalysisOptions = {},
): Promise<readonly AnalysisMessage[]> {
  const folder = await scratchFolder('istioctl');
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  try {
    const cluster =
      kubeconfig === undefined
        ? ['--use-kube=false']
        : [`--kubeconfig=${await write('kubeconfig', kubeconfig)}`];
    const mesh = meshConfig === undefined ? [] : [`--meshConfigFile=${await write('mesh.yaml', meshConfig)}`];
    const texts = yamlTexts.length === 0 ? [] : ['-'];
    const outcome = await istioctl(
      ['analyze', '--all-namespaces', '--output=json', ...cluster, ...mesh, ...texts],
      yamlTexts.join('\n---\n'),
    );
    const start = outcome.stdout.search(/^\[/m); // istioctl prints its log to standard output too, before the answer
    // istioctl skips what it cannot parse and still exits with 0.
    if (start === -1 || outcome.stderr.includes('adding files:'))
      throw new Error(`istioctl analyze: ${outcome.stderr || outcome.stdout}`);
    return JSON.parse(outcome.stdout.slice(start)) as readonly AnalysisMessage[];
  } finally {
    await removeFolder(folder);
  }
}

async function istioctl(args: readonly string[], stdin: string): Promise<Outcome> {
  const binaries = demand(await ensureBinaries());
  return run(binaries.istioctl, args, { stdin, env: { KUBECONFIG: '/dev/null' } });
}
