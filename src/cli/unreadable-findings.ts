// Objects of the input that cannot be read. They are passed over, so each is an error: what depends on it is not checked.
import { unreadableProblems } from '../cluster/from-objects.ts';
import { pathText } from '../domain/problem.ts';
import type { SourceDocument } from './documents.ts';
import type { Finding } from './findings.ts';

/** An object, its document, and its path in the document. */
type Located = {
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string | null | undefined };
  };
  readonly document: SourceDocument;
  readonly path: readonly (string | number)[];
};

/** One for each field that is wrong, at its place. A place inside a text, such as MeshConfig, is that of the text. */
export function unreadableFindings({ object, document, path }: Located): readonly Finding[] {
  const { name, namespace } = object.metadata;
  const title = namespace === undefined || namespace === null ? name : `${namespace}/${name}`;
  return unreadableProblems(object).map((problem) => ({
    position: document.positionOf([...path, ...problem.path]),
    severity: 'error',
    code: 'UnreadableObject',
    message: `${object.kind} ${title} cannot be read: ${pathText(problem.path)}: ${problem.message}`,
  }));
}
