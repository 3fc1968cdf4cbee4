// Reads the object out of a request's body: the right kind, the right version, the name and namespace of the path.
import { apiVersionOf, type Resource } from './resource.ts';
import { badRequest, invalid, type Failure } from './failure.ts';
import type { Target } from './api.ts';
import { isObject, textOf, type Json, type JsonObject } from './json.ts';
import { decodeObject, withMetadata, type KubeObject } from './kube-object.ts';
import { cause, quoted } from './validate.ts';

/** The object of a POST or PUT. A built-in kind may be left out of the body; the real server knows it by the path. */
export function readObject(body: Json, resource: Resource): KubeObject | Failure {
  if (!isObject(body))
    return badRequest(`the object provided is unrecognized (must be of type ${resource.kind})`);
  const expected = apiVersionOf(resource);
  const kind = textOf(body['kind'] ?? (resource.custom ? '' : resource.kind));
  const apiVersion = textOf(body['apiVersion'] ?? (resource.custom ? '' : expected));
  if (kind === '') return missingKind(body, resource);
  if (apiVersion !== expected)
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  if (kind !== resource.kind) return wrongKind(body, kind, resource);
  return decodeObject({ ...body, kind, apiVersion }, resource.kind, resource.version);
}

/** The configuration of an apply. */
export function readApplied(body: Json, resource: Resource): KubeObject | Failure {
  const object = isObject(body) ? body : {};
  const { metadata } = object;
  const [kind, apiVersion] = [textOf(object['kind']), textOf(object['apiVersion'])];
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
    const slash = apiVersion.includes('/') ? '' : '/';
    return badRequest(`invalid object type: ${slash}${apiVersion}, Kind=${kind}`);
  }
  if (isObject(metadata) && metadata['managedFields'] !== undefined && metadata['managedFields'] !== null)
    return badRequest('metadata.managedFields must be nil');
  return decodeObject(object, resource.kind, resource.version);
}

/** The object in the namespace of the request; fails with 400 where its name or namespace is another. */
export function placed(object: KubeObject, { namespace, name }: Target): KubeObject | Failure {
  const given = object.metadata.name;
  if (given === name) return placedIn(object, namespace);
  return badRequest(
    given === ''
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${given}) does not match the name on the URL (${name})`,
  );
}

export function placedIn(object: KubeObject, namespace: string | undefined): KubeObject | Failure {
  const { namespace: home = '' } = object.metadata;
  if (home === namespace) return object;
  return home === ''
    ? withMetadata(object, { namespace })
    : badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function missingKind(body: JsonObject, resource: Resource): Failure {
  const text = JSON.stringify(body);
  return badRequest(
    `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}'`,
  );
}

function wrongKind(body: JsonObject, kind: string, resource: Resource): Failure {
  if (!resource.custom)
    return badRequest(`${kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`);
  const name = isObject(body['metadata']) ? textOf(body['metadata']['name']) : '';
  const message = `Invalid value: ${quoted(kind)}: must be ${resource.kind}`;
  return invalid(kind, resource.group, name, [cause('Invalid', 'kind', message)]);
}
