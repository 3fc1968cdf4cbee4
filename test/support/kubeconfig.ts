// The kubeconfig of test servers that serve plain HTTP without authentication.

/** The text of a kubeconfig for a server at this URL. */
export function plainKubeconfig(url: string): string {
  // Clients refuse plain HTTP unless TLS verification is off.
  return `apiVersion: v1
kind: Config
clusters:
  - name: plain
    cluster: { server: '${url}', insecure-skip-tls-verify: true }
users:
  - name: test
    user: {}
contexts:
  - name: plain
    context: { cluster: plain, user: test }
current-context: plain
`;
}
