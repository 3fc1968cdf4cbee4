// What the platform team sets for a whole cluster, and what its words are worth.
import { z } from 'zod';
import type { Problem } from './intent.ts';
import { HOST_PATTERN, parseCidr, type Cidr } from './network.ts';
import { err, ok, type Result } from './result.ts';

export type Settings = {
  /** Suffix of Service names, such as `cluster.local`. Istio's `global.proxy.clusterDomain`. */
  readonly clusterDomain: string;
  /** Hosts that every closed pod may call, as Istio writes them: `namespace/host`. */
  readonly platformHosts: readonly string[];
  /** The cluster's own ranges, for warnings about a cidr that covers them. */
  readonly clusterCidrs: readonly Cidr[];
};

/** `undefined` asks for the default. */
export type SettingsInput = {
  readonly clusterDomain?: string | undefined;
  readonly platformHosts?: readonly string[] | undefined;
  readonly clusterCidrs?: readonly string[] | undefined;
};

const DEFAULT_DOMAIN = 'cluster.local';

/** DNS over TCP: without it, answers that do not fit into a datagram are lost to a closed pod. */
const defaultPlatformHosts = (domain: string): readonly string[] => [
  `kube-system/kube-dns.kube-system.svc.${domain}`,
];

const PLATFORM_HOST = new RegExp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?/([*]|${HOST_PATTERN.slice(1, -1)})$`);

const Input = z.object({
  clusterDomain: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is no DNS name: write it such as cluster.local'),
  platformHosts: z.array(
    z
      .string()
      .regex(
        PLATFORM_HOST,
        'is not namespace/host: write it such as istio-system/* or entries/api.example.com',
      ),
  ),
  clusterCidrs: z.array(
    z
      .string()
      .refine((text) => parseCidr(text).ok, 'is no range of addresses: write it such as 10.96.0.0/12'),
  ),
});

/** Fills in the defaults and checks the rest, all of it. */
export function parseSettings(input: SettingsInput): Result<Settings, readonly Problem[]> {
  const clusterDomain = input.clusterDomain ?? DEFAULT_DOMAIN;
  const parsed = Input.safeParse({
    clusterDomain,
    platformHosts: input.platformHosts ?? defaultPlatformHosts(clusterDomain),
    clusterCidrs: input.clusterCidrs ?? [],
  });
  if (!parsed.success) {
    return err(
      parsed.error.issues.map(({ path, message }) => ({
        path: path.filter((part) => typeof part !== 'symbol'),
        message,
      })),
    );
  }
  const { platformHosts, clusterCidrs } = parsed.data;
  return ok({
    clusterDomain,
    platformHosts,
    clusterCidrs: clusterCidrs.flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr.ok ? [cidr.value] : [];
    }),
  });
}
