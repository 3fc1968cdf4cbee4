// A mesh of real parts with the definition of EgressIntent and the shipped manifests: the controller runs there with its role, as in
// real-cluster.ts.
import { startMesh, type Mesh, type MeshOptions } from '../kits/mesh/mesh.ts';
import { crdText, manifests, SERVICE_ACCOUNT } from './deploy.ts';

/** Everything is applied when this returns; no controller runs. */
export async function startShippedMesh({
  crds = [],
  ...options
}: Omit<MeshOptions, 'users'> = {}): Promise<Mesh> {
  const mesh = await startMesh({ ...options, crds: [await crdText(), ...crds], users: [SERVICE_ACCOUNT] });
  try {
    for (const object of await manifests()) await mesh.cluster.apply(object);
    return mesh;
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

/** Of the user as which the manifests run the controller. */
export const controllerKubeconfig = (mesh: Mesh): string =>
  mesh.kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name);
