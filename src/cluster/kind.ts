// What a row of the table of watched kinds says. Knows no kind.
import type { Lookup } from './lookup.ts';
import type { Reader } from './read-object.ts';

/** What a change of an object affects. */
export type Affected = {
  /** This namespace, whether its last compilation looked the object up or not. */
  readonly namespace?: string;
  /** Every namespace whose last compilation made one of these look-ups. */
  readonly lookups: readonly Lookup[];
};

export type Kind<T> = Reader<T> & {
  /** Such as `networking.istio.io/v1`, or `v1` of the core group. */
  readonly apiVersion: string;
  readonly plural: string;
  readonly affects: (object: T) => Affected;
  /** Only metadata is fetched, which for pods is a tenth of the bytes. */
  readonly metadataOnly?: boolean;
  /** A cluster may lack the kind, and then has no object of it. */
  readonly optional?: boolean;
  /** Only objects that it selects are fetched. */
  readonly fieldSelector?: string;
  /** Only objects of the namespace of istiod are fetched. */
  readonly istioNamespaceOnly?: boolean;
};
