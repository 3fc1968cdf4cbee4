// Versions of Istio, by major and minor number: patch releases change nothing that the compiler relies on.

export type IstioVersion = { readonly major: number; readonly minor: number };

const VERSION_PATTERN = /^(?<major>1)[.](?<minor>[0-9]{1,3})([.+-][0-9A-Za-z.+-]+)?$/;

/** Reads `1.31`, `1.30.3` or `1.31.0-rc.0`; `undefined` for any other text. */
export function parseVersion(text: string): IstioVersion | undefined {
  const { major, minor } = VERSION_PATTERN.exec(text)?.groups ?? {};
  return minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export const versionText = ({ major, minor }: IstioVersion): string => `${major}.${minor}`;

export const oldestVersionFirst = (a: IstioVersion, b: IstioVersion): number =>
  a.major - b.major || a.minor - b.minor;
