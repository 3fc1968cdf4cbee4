// The kubeconfig of servers that speak plain HTTP and ask for no credentials.

/** The text of a kubeconfig for a server at this URL. */
export function plainKubeconfig(url: string): string {
  // Clients refuse plain HTTP unless TLS need not be verified.
  return `apiVersion: v1
kind: Config
clusters:
  - name: plain
    cluster: { server: '${url}', insecure-skip-tls-verify: true }
users:
  - name: anybody
    user: {}
contexts:
  - name: plain
    context: { cluster: plain, user: anybody }
current-context: plain
`;
}
