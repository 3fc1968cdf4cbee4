// The messages of `istioctl analyze` that are expected on managed objects, and why they are no fault.

/** Two Sidecars match one pod. Managed Sidecars of overlapping intents do, and the older one governs. */
const OVERLAP = 'IST0110';

/** The codes that are expected when the namespace holds managed objects only. */
export const EXPECTED_ON_MANAGED: ReadonlySet<string> = new Set([OVERLAP]);

/**
 * The codes that are expected with foreign objects too. IST0111: a managed and a foreign namespace-wide Sidecar, which
 * the status reports. IST0177: a foreign object gives a host another protocol, which its owner has to change.
 */
export const EXPECTED_WITH_FOREIGN: ReadonlySet<string> = new Set([
  ...EXPECTED_ON_MANAGED,
  'IST0111',
  'IST0177',
]);
