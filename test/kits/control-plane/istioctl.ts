// Runs the real istioctl: what Istio says of configuration before, and after, a cluster sees it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries } from './binaries.ts';
import { run, type Outcome } from './command.ts';
import { demand } from './real-parts.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

/** What `istioctl validate` says of one object. */
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
 * The findings of Istio's validation, in istioctl's order: warnings, then errors. Objects that are not Istio's
 * count as valid. Throws where the text is not a list of Kubernetes objects.
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
  /** The text of a kubeconfig: analyses the texts together with what this cluster holds. */
  readonly kubeconfig?: string;
};

/**
 * The messages of Istio's analyzers on these YAML texts together, all namespaces, in istioctl's order. Without a
 * `kubeconfig` nothing but the texts is looked at, and istioctl leaves out each analyzer that reads Pods, Services
 * or Namespaces, even where the texts have some: no IST0110 for overlapping Sidecars. Throws where a text is no YAML.
 */
export async function analyze(
  yamlTexts: readonly string[],
  { meshConfig, kubeconfig }: AnalysisOptions = {},
): Promise<readonly AnalysisMessage[]> {
  const folder = await scratchFolder('istioctl');
  const put = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  try {
    const cluster =
      kubeconfig === undefined
        ? ['--use-kube=false']
        : [`--kubeconfig=${await put('kubeconfig', kubeconfig)}`];
    const mesh = meshConfig === undefined ? [] : [`--meshConfigFile=${await put('mesh.yaml', meshConfig)}`];
    const texts = yamlTexts.length === 0 ? [] : ['-'];
    const outcome = await istioctl(
      ['analyze', '--all-namespaces', '--output=json', ...cluster, ...mesh, ...texts],
      yamlTexts.join('\n---\n'),
    );
    const start = outcome.stdout.search(/^\[/m); // its log goes to standard output too, in front of the answer
    // It skips what it cannot parse and still ends with exit code 0.
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
