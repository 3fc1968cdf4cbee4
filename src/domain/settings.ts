// What the platform team sets for a whole cluster, what its words are worth, and what is found out where it says nothing.
import { z } from 'zod';
import type { Mesh } from './kinds/mesh-config.ts';
import { HOST_PATTERN, parseCidr, type Cidr } from './network.ts';
import { err, ok, type Result, type Problem } from './result.ts';
import { oldestVersionFirst, parseVersion, versionText, type IstioVersion } from './kinds/istio-version.ts';

/** As they were given. */
export type Settings = {
  /** Suffix of Service names, such as `cluster.local`. Istio's `global.proxy.clusterDomain`. */
  readonly clusterDomain: string;
  /** Hosts that every closed pod may call, as Istio writes them: `namespace/host`. */
  readonly platformHosts: readonly string[];
  /** The cluster's own ranges, for warnings about a cidr that covers them. */
  readonly clusterCidrs: readonly Cidr[];
  /** Absent: that of the oldest istiod. */
  readonly istioVersion?: IstioVersion;
  /**
   * Whether sidecars answer DNS themselves, so that a host without an address gets one (`ISTIO_META_DNS_CAPTURE`). Absent: as
   * MeshConfig says.
   */
  readonly dnsCapture?: boolean;
  /** Whether proxies fetch the keys of tokens themselves (istiod's `PILOT_JWT_ENABLE_REMOTE_JWKS`). */
  readonly remoteJwks: boolean;
};

/** With what was left open found out. */
export type EffectiveSettings = Settings & {
  readonly istioVersion: IstioVersion;
  readonly dnsCapture: boolean;
  /** How each is known, for people. */
  readonly because: { readonly istioVersion: string; readonly dnsCapture: string };
};

/** `undefined` asks for the default. */
export type SettingsInput = {
  readonly clusterDomain?: string | undefined;
  readonly platformHosts?: readonly string[] | undefined;
  readonly clusterCidrs?: readonly string[] | undefined;
  readonly istioVersion?: string | undefined;
  readonly dnsCapture?: boolean | undefined;
  readonly remoteJwks?: boolean | undefined;
};

const DEFAULT_DOMAIN = 'cluster.local';

/** The newest that the tests run against. */
const NEWEST_ISTIO: IstioVersion = { major: 1, minor: 31 };

/** DNS over TCP: without it, answers that do not fit into a datagram are lost to a closed pod. */
const defaultPlatformHosts = (domain: string): readonly string[] => [
  `kube-system/kube-dns.kube-system.svc.${domain}`,
];

const PLATFORM_HOST = new RegExp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?/([*]|${HOST_PATTERN.slice(1, -1)})$`);

const Input = z.object({
  istioVersion: z
    .string()
    .refine((text) => parseVersion(text), 'is no version of Istio: write it such as 1.31 or 1.30.3')
    .optional(),
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
    istioVersion: input.istioVersion,
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
  const istioVersion = parseVersion(parsed.data.istioVersion ?? '');
  const { dnsCapture, remoteJwks = false } = input;
  return ok({
    clusterDomain,
    platformHosts,
    clusterCidrs: clusterCidrs.flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr.ok ? [cidr.value] : [];
    }),
    ...(istioVersion === undefined ? {} : { istioVersion }),
    ...(dnsCapture === undefined ? {} : { dnsCapture }),
    remoteJwks,
  });
}

/** What was given stands; the rest is as the mesh says, and where the mesh is silent, as most have it. */
export function withDefaults(settings: Settings, mesh: Mesh): EffectiveSettings {
  const [version, versionSource] = istioVersionOf(settings, mesh);
  const [dnsCapture, captureSource] = dnsCaptureOf(settings, mesh);
  return {
    ...settings,
    istioVersion: version,
    dnsCapture,
    because: { istioVersion: versionSource, dnsCapture: captureSource },
  };
}

function istioVersionOf(
  { istioVersion }: Settings,
  { istiods }: Mesh,
): readonly [version: IstioVersion, because: string] {
  if (istioVersion !== undefined) return [istioVersion, 'setting --istio-version'];
  const [oldest] = istiods.toSorted((a, b) => oldestVersionFirst(a.version, b.version));
  if (oldest !== undefined) return [oldest.version, `Pod ${oldest.pod}`];
  return [NEWEST_ISTIO, 'no istiod says another'];
}

/** While two revisions disagree, a host has an address only for some of the pods: too few to rely on it. */
function dnsCaptureOf(
  { dnsCapture }: Settings,
  { configs }: Mesh,
): readonly [dnsCapture: boolean, because: string] {
  if (dnsCapture !== undefined) return [dnsCapture, 'setting --dns-capture'];
  if (configs.length === 0) return [false, 'no MeshConfig says another'];
  const without = configs.find((config) => !config.dnsCapture);
  const said = without ?? configs[0];
  return [without === undefined, `ConfigMap ${said?.namespace}/${said?.name}`];
}

/** For a line of text: `Istio 1.30 (Pod istio-system/istiod-0)`. */
export const istioText = ({ istioVersion, because }: EffectiveSettings): string =>
  `Istio ${versionText(istioVersion)} (${because.istioVersion})`;
