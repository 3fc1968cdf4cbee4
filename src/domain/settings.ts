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
  readonly istioVersion: IstioVersion;
  /** Whether sidecars answer DNS themselves, so that a host without an address gets one (`ISTIO_META_DNS_CAPTURE`). */
  readonly dnsCapture: boolean;
};

/** The minor version is what tells one Istio from another here. */
export type IstioVersion = { readonly major: number; readonly minor: number };

/** `undefined` asks for the default. */
export type SettingsInput = {
  readonly clusterDomain?: string | undefined;
  readonly platformHosts?: readonly string[] | undefined;
  readonly clusterCidrs?: readonly string[] | undefined;
  readonly istioVersion?: string | undefined;
  readonly dnsCapture?: boolean | undefined;
};

const DEFAULT_DOMAIN = 'cluster.local';

/** The newest that the tests run against. */
const DEFAULT_ISTIO = '1.31';

/** DNS over TCP: without it, answers that do not fit into a datagram are lost to a closed pod. */
const defaultPlatformHosts = (domain: string): readonly string[] => [
  `kube-system/kube-dns.kube-system.svc.${domain}`,
];

const PLATFORM_HOST = new RegExp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?/([*]|${HOST_PATTERN.slice(1, -1)})$`);

const VERSION = /^(?<major>1)[.](?<minor>[0-9]{1,3})([.][0-9A-Za-z.-]+)?$/;

const Input = z.object({
  istioVersion: z.string().regex(VERSION, 'is no version of Istio: write it such as 1.31 or 1.30.3'),
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
    istioVersion: input.istioVersion ?? DEFAULT_ISTIO,
  });
  if (!parsed.success) {
    return err(
      parsed.error.issues.map(({ path, message }) => ({
        path: path.filter((part) => typeof part !== 'symbol'),
        message,
      })),
    );
  }
  const { platformHosts, clusterCidrs, istioVersion } = parsed.data;
  return ok({
    clusterDomain,
    platformHosts,
    clusterCidrs: clusterCidrs.flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr.ok ? [cidr.value] : [];
    }),
    istioVersion: versionOf(istioVersion),
    dnsCapture: input.dnsCapture ?? false,
  });
}

function versionOf(text: string): IstioVersion {
  const { major, minor } = VERSION.exec(text)?.groups ?? {};
  return { major: Number(major), minor: Number(minor) };
}
