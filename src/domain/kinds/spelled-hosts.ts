// Hosts of objects that others write, which need not be in lower case.

/** Envoy matches names in any case, so hosts are compared in lower case; `spellings` are those that are written otherwise, as they are written. */
export const spelledHosts = (
  hosts: readonly string[],
): { readonly hosts: readonly string[]; readonly spellings: readonly string[] } => ({
  hosts: hosts.map((host) => host.toLowerCase()),
  spellings: hosts.filter((host) => host !== host.toLowerCase()),
});
