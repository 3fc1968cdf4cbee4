// The settings of the platform team for a whole cluster: their validation, and their defaults, which depend on the mesh. Knows no flag
// parser and no environment.
import { z } from 'zod';
import type { Mesh } from './kinds/mesh-config.ts';
import { isNameable } from './istio/nameable.ts';
import { HOST_PATTERN, parseCidr, type Cidr } from './network.ts';
import type { Problem } from './problem.ts';
import { err, ok, type Result } from './result.ts';
import { oldestVersionFirst, parseVersion, versionText, type IstioVersion } from './istio-version.ts';

/** The settings as given, validated; what is absent gets its default from the mesh. */
export type Settings = {
  /** Suffix of Service names, such as `cluster.local`. Istio's `global.proxy.clusterDomain`. */
  readonly clusterDomain: string;
  /** Hosts that every restricted pod may call, as a Sidecar lists them: `namespace/host`. */
  readonly platformHosts: readonly string[];
  /** The address ranges of the cluster, for warnings about a cidr that overlaps them. */
  readonly clusterCidrs: readonly Cidr[];
  /** Absent: the version of the oldest istiod. */
  readonly istioVersion?: IstioVersion;
  /**
   * Whether sidecars answer DNS themselves, so that a host without an address gets one (`ISTIO_META_DNS_CAPTURE`). Absent: the value
   * of MeshConfig.
   */
  readonly dnsCapture?: boolean;
  /**
   * Namespaces whose routes and ServiceEntries are followed wherever they are exported, besides those of the caller, of the provider and of
   * the root of the mesh.
   */
  readonly trustedNamespaces: readonly string[];
  /** Whether proxies fetch the signing keys of tokens themselves (istiod's `PILOT_JWT_ENABLE_REMOTE_JWKS`). */
  readonly remoteJwks: boolean;
  /** How many ServiceEntries are written at most. What stands already is kept past it. */
  readonly maxServiceEntries: { readonly perIntent: number; readonly perNamespace: number };
};

/** The settings with every default filled in. */
export type EffectiveSettings = Settings & {
  readonly istioVersion: IstioVersion;
  readonly dnsCapture: boolean;
  /** Where the value of each comes from, for people. */
  readonly source: { readonly istioVersion: string; readonly dnsCapture: string };
};

/** The settings as text, from flags; `undefined` means the default. */
export type SettingsInput = {
  readonly clusterDomain?: string | undefined;
  readonly platformHosts?: readonly string[] | undefined;
  readonly clusterCidrs?: readonly string[] | undefined;
  readonly istioVersion?: string | undefined;
  readonly trustedNamespaces?: readonly string[] | undefined;
  readonly dnsCapture?: boolean | undefined;
  readonly remoteJwks?: boolean | undefined;
  readonly maxServiceEntriesPerIntent?: number | undefined;
  readonly maxServiceEntriesPerNamespace?: number | undefined;
};

const DEFAULT_DOMAIN = 'cluster.local';

/** The newest version that the tests run against. */
const NEWEST_ISTIO: IstioVersion = { major: 1, minor: 31 };

/** The oldest version whose form of objects the proof judges. */
const OLDEST_ISTIO: IstioVersion = { major: 1, minor: 28 };

/** DNS over TCP: without it, a restricted pod cannot receive answers that do not fit into a datagram. */
const defaultPlatformHosts = (domain: string): readonly string[] => [
  `kube-system/kube-dns.kube-system.svc.${domain}`,
];

const PLATFORM_HOST = new RegExp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?/([*]|${HOST_PATTERN.slice(1, -1)})$`);

/** Each is an object in the API server, and a cluster in every proxy that lists it. */
export const MAX_SERVICE_ENTRIES = { perIntent: 512, perNamespace: 4_096 } as const;

const Bound = z.int('is not a whole number').min(1, 'is less than 1');

const Input = z.object({
  maxServiceEntriesPerIntent: Bound,
  maxServiceEntriesPerNamespace: Bound,
  istioVersion: z
    .string()
    .refine((text) => parseVersion(text), 'is not a supported version of Istio: write it like 1.31 or 1.30.3')
    .refine(
      (text) => oldestVersionFirst(parseVersion(text) ?? OLDEST_ISTIO, OLDEST_ISTIO) >= 0,
      `is older than Istio ${versionText(OLDEST_ISTIO)}, the oldest that is proved: what it does with a Sidecar is not known here`,
    )
    .optional(),
  clusterDomain: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is not a valid DNS name: write it like cluster.local'),
  platformHosts: z.array(
    z
      .string()
      .refine(
        (text) => PLATFORM_HOST.test(text) && isNameable(text),
        'is not namespace/host: write it like istio-system/* or entries/api.example.com',
      ),
  ),
  trustedNamespaces: z.array(
    z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is not the name of a namespace'),
  ),
  clusterCidrs: z.array(
    z
      .string()
      .refine(
        (text) => parseCidr(text).ok,
        'is not a CIDR range, or begins at the unspecified address (0.0.0.0 or "::"): write it like 10.96.0.0/12',
      ),
  ),
});

/** Validates settings and fills in the defaults that do not depend on the mesh. An error lists every problem. */
export function parseSettings(input: SettingsInput): Result<Settings, readonly Problem[]> {
  const clusterDomain = input.clusterDomain ?? DEFAULT_DOMAIN;
  const parsed = Input.safeParse({
    clusterDomain,
    platformHosts: input.platformHosts ?? defaultPlatformHosts(clusterDomain),
    clusterCidrs: input.clusterCidrs ?? [],
    istioVersion: input.istioVersion,
    trustedNamespaces: input.trustedNamespaces ?? [],
    maxServiceEntriesPerIntent: input.maxServiceEntriesPerIntent ?? MAX_SERVICE_ENTRIES.perIntent,
    maxServiceEntriesPerNamespace: input.maxServiceEntriesPerNamespace ?? MAX_SERVICE_ENTRIES.perNamespace,
  });
  if (!parsed.success) {
    return err(
      parsed.error.issues.map(({ path, message }) => ({
        path: path.filter((part) => typeof part !== 'symbol'),
        message,
      })),
    );
  }
  const { platformHosts, clusterCidrs, trustedNamespaces } = parsed.data;
  const istioVersion = parseVersion(parsed.data.istioVersion ?? '');
  const { dnsCapture, remoteJwks = false } = input;
  return ok({
    clusterDomain,
    platformHosts,
    trustedNamespaces,
    clusterCidrs: clusterCidrs.flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr.ok ? [cidr.value] : [];
    }),
    ...(istioVersion === undefined ? {} : { istioVersion }),
    ...(dnsCapture === undefined ? {} : { dnsCapture }),
    remoteJwks,
    maxServiceEntries: {
      perIntent: parsed.data.maxServiceEntriesPerIntent,
      perNamespace: parsed.data.maxServiceEntriesPerNamespace,
    },
  });
}

/** Fills in what was not given: from the mesh or, where the mesh does not show it, with the usual value. */
export function withDefaults(settings: Settings, mesh: Mesh): EffectiveSettings {
  const [version, versionSource] = istioVersionOf(settings, mesh);
  const [dnsCapture, captureSource] = dnsCaptureOf(settings, mesh);
  return {
    ...settings,
    istioVersion: version,
    dnsCapture,
    source: { istioVersion: versionSource, dnsCapture: captureSource },
  };
}

function istioVersionOf(
  { istioVersion }: Settings,
  { istiods }: Mesh,
): readonly [version: IstioVersion, source: string] {
  if (istioVersion !== undefined) return [istioVersion, 'setting --istio-version'];
  const [oldest] = istiods.toSorted((a, b) => oldestVersionFirst(a.version, b.version));
  if (oldest !== undefined) return [oldest.version, `Pod ${oldest.pod}`];
  return [NEWEST_ISTIO, 'default, no istiod found'];
}

/** While two revisions disagree, a host has an address for the pods of one revision only, so it counts as off. */
function dnsCaptureOf(
  { dnsCapture }: Settings,
  { configs }: Mesh,
): readonly [dnsCapture: boolean, source: string] {
  if (dnsCapture !== undefined) return [dnsCapture, 'setting --dns-capture'];
  if (configs.length === 0) return [false, 'default, no MeshConfig found'];
  const without = configs.find((config) => !config.dnsCapture);
  const decisive = without ?? configs[0];
  return [without === undefined, `ConfigMap ${decisive?.namespace}/${decisive?.name}`];
}

/** For a line of text: `Istio 1.30 (Pod istio-system/istiod-0)`. */
export const istioText = ({ istioVersion, source }: EffectiveSettings): string =>
  `Istio ${versionText(istioVersion)} (${source.istioVersion})`;
