// Versions of Istio. The minor version is what tells one from another here.
export type IstioVersion = { readonly major: number; readonly minor: number };

const VERSION_PATTERN = /^(?<major>1)[.](?<minor>[0-9]{1,3})([.+-][0-9A-Za-z.+-]+)?$/;

/** Reads `1.31`, `1.30.3` or `1.31.0-rc.0`. */
export function parseVersion(text: string): IstioVersion | undefined {
  const { major, minor } = VERSION_PATTERN.exec(text)?.groups ?? {};
  return minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export const versionText = ({ major, minor }: IstioVersion): string => `${major}.${minor}`;

/** Which of two is older, for sorting. */
export const oldestVersionFirst = (a: IstioVersion, b: IstioVersion): number =>
  a.major - b.major || a.minor - b.minor;
