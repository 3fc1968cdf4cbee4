// Ages of the ServiceEntries of a random world. istiod sorts registrations by age, host and namespace, so that of two ServiceEntries of one namespace and
// one age which register a host either may come first, now this one and then that. Nothing can be promised of such a mesh, so no world has two.
// Source: istio/istio pilot/pkg/model/push_context.go, SortServicesByCreationTime.
import { hostsOf, type ServiceEntrySpec } from './world-spec.ts';

/** For each ServiceEntry by how many seconds it is younger than others of its age: 0 unless an earlier one of its namespace and age shares a host. */
export function secondsYounger(entries: readonly ServiceEntrySpec[]): readonly number[] {
  const seconds: number[] = [];
  for (const entry of entries) {
    const tied = seconds.filter((_, at) => areTied(entries[at], entry));
    seconds.push(Math.max(-1, ...tied) + 1);
  }
  return seconds;
}

const areTied = (one: ServiceEntrySpec | undefined, other: ServiceEntrySpec): boolean =>
  one?.namespace === other.namespace &&
  one.older === other.older &&
  hostsOf(one).some((host) => hostsOf(other).includes(host));
