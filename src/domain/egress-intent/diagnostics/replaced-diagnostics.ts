// The diagnostic of a ServiceEntry that answers calls for a host without intents, and no longer does with them. It is not touched.
import {
  hostEntryText,
  namespaceOf,
  portsText,
  row,
  serviceEntryText,
  EXAMPLE_HOST,
} from '../diagnostic-row.ts';
import { egressHost } from '../../istio/egress-host.ts';
import { Cidr } from '../../network.ts';
import { isNameable } from '../../istio/nameable.ts';

/** A host, and a ServiceEntry for it in another namespace: `namespace/name`. */
export type RegistrationElsewhere = { readonly host: string; readonly serviceEntry: string };

type Replaced = RegistrationElsewhere & {
  /** The granted ports that it lacks, or has with another protocol; all granted ones for `otherAddresses` and `olderEntry`, those that it has for `wildcard` and `takenBy`. */
  readonly ports: readonly number[];
  /** The wildcard above the host that it registers, if it does not register the host itself. */
  readonly wildcard?: string;
  /** The granted wildcard above the host whose registration answers instead, since no Sidecar may list the host. */
  readonly takenBy?: string;
  /** The namespace that registers this wildcard, where the entry grants it by that. */
  readonly takenFor?: string;
  /** True if it has these ports, but does not answer at the address of the Service alone. */
  readonly otherAddresses?: true;
  /** The granted wildcard that brings in what we register for the host, where Istio cannot leave that out. */
  readonly broughtInBy?: string;
  /** The registration that the pods use instead, if they are granted that too: `namespace/host`. */
  readonly usedInstead?: string;
  /** The address at which another host is called over TCP or TLS instead, on these ports: `usedInstead`. */
  readonly atAddress?: Cidr;
  /** True if a Service registers the host there, `namespace/name`, and no ServiceEntry. */
  readonly isService?: true;
  /** The managed ServiceEntry of its namespace that is older than it: `namespace/name`. */
  readonly olderEntry?: string;
};

function replacedText(replaced: Replaced): string {
  const { host, serviceEntry, ports, wildcard, takenBy } = replaced;
  const { otherAddresses, broughtInBy, usedInstead, atAddress, olderEntry } = replaced;
  const own = serviceEntryText(host, namespaceOf(serviceEntry));
  const lost = `calls to ${host} no longer use ServiceEntry ${serviceEntry}`;
  if (otherAddresses === true)
    return `${lost}: on ${portsText(ports)} it does not answer at the address of the Service alone, which is all that the entry grants. To use it again, write ${own} instead of this entry`;
  if (broughtInBy !== undefined && usedInstead !== undefined)
    return broughtInText(replaced, broughtInBy, usedInstead);
  if (broughtInBy !== undefined && wildcard !== undefined)
    return `${lost}, which registers ${wildcard}, on ${portsText(ports)}: for an entry with ${hostEntryText(host)} the controller registers ${host} in this namespace too, the entry for ${broughtInBy} brings that registration in, and their Sidecar cannot leave it out. To use the ServiceEntry again, upgrade Istio if it is older than 1.31, or write ${serviceEntryText(wildcard, namespaceOf(serviceEntry))} in place of every entry with ${hostEntryText(host)} in this namespace; that grants every other host below the wildcard too`;
  if (broughtInBy !== undefined)
    return `${lost}: for an entry with ${hostEntryText(host)} the controller registers ${host} in this namespace too, the entry for ${broughtInBy} brings that registration in, and Istio before 1.31 cannot leave it out. To use the ServiceEntry again, upgrade to Istio 1.31 or newer, or write ${own} in place of every entry with ${hostEntryText(host)} in this namespace, without protocol in its ports`;
  if (olderEntry !== undefined)
    return `${lost}: Istio uses the older ServiceEntry ${olderEntry}, which the controller wrote for an entry with ${hostEntryText(host)}. To use the other one again, write ${own} in place of every entry with ${hostEntryText(host)} in this namespace, without protocol in its ports`;
  if (atAddress !== undefined && usedInstead !== undefined)
    return addressText(replaced, atAddress, usedInstead);
  if (usedInstead !== undefined && wildcard !== undefined)
    return `${lost}, which registers ${wildcard}, on ${portsText(ports)}: these pods may also call ${usedInstead}, which the controller registers for ${hostEntryText(host)}, and Istio uses that, since its name is the more specific one. To use the ServiceEntry again, take ${portsText(ports)} out of the entry with ${hostEntryText(host)}, or remove that entry if it needs no other port; the one for ${wildcard} grants these calls too`;
  if (usedInstead !== undefined)
    return `${lost}: these pods may also call ${usedInstead}, and a pod can use only one registration of a host. Remove one of the two entries, or grant them to different pods`;
  if (takenBy !== undefined)
    return `${lost} on ${portsText(ports)}: Istio refuses a Sidecar that lists ${host}, so these calls go where calls to ${takenBy} go. To use it again, ${takenRemedy(takenBy, replaced)}`;
  if (
    wildcard !== undefined &&
    !isNameable(egressHost({ namespace: namespaceOf(serviceEntry), host: wildcard }))
  )
    return `${lost}, which registers ${wildcard}, on ${portsText(ports)}: a Sidecar that lists ${host} does not import that wildcard, and Istio refuses a Sidecar that lists it. To use it again, ask its owner to register ${host} too`;
  if (wildcard !== undefined)
    return `${lost}, which registers ${wildcard}, on ${portsText(ports)}: a Sidecar that lists ${host} does not import that wildcard. To use it again, write ${serviceEntryText(wildcard, namespaceOf(serviceEntry))} instead of the entry for ${host}; that grants every other host below the wildcard too`;
  return `${lost}: it does not have ${portsText(ports)} with the granted protocol, and a pod can use only one registration of a host. Ask its owner to add what is missing, or grant only ports that it has`;
}

function broughtInText(
  { host, serviceEntry, ports, wildcard }: Replaced,
  broughtInBy: string,
  usedInstead: string,
): string {
  const registering = wildcard === undefined ? '' : `, which registers ${wildcard},`;
  return `calls to ${host} on ${portsText(ports)} no longer use ServiceEntry ${serviceEntry}${registering} but ${usedInstead}: the entry for ${broughtInBy} brings that registration in, and the Sidecar of these pods cannot leave it out. To use the ServiceEntry again, upgrade Istio if it is older than 1.31, or ask the owner of ${usedInstead} to remove it`;
}

function addressText(
  { host, serviceEntry, ports, isService }: Replaced,
  address: Cidr,
  usedInstead: string,
): string {
  const [namespace = '', name = ''] = serviceEntry.split('/');
  const [object, own] =
    isService === true
      ? ['Service', `service: {name: ${name}, namespace: ${namespace}}`]
      : ['ServiceEntry', serviceEntryText(host, namespace)];
  return `calls to ${address} on ${portsText(ports)} no longer use ${object} ${serviceEntry}, which registers ${host} there, but ${usedInstead}: of several hosts at one address with TCP or TLS, Istio uses one of those that the pods may call. To use it again, grant it with ${own}, and take ${portsText(ports)} out of the entry that grants ${usedInstead}, or remove that entry if it needs no other port; other hosts that this one grants on ${ports.length === 1 ? 'that port' : 'those ports'} then need an entry of their own`;
}

function takenRemedy(wildcard: string, { serviceEntry, takenFor }: Replaced): string {
  const namespace = namespaceOf(serviceEntry);
  if (!isNameable(egressHost({ namespace, host: wildcard })))
    return `grant its whole namespace with namespace: {name: ${namespace}}; that grants every other host of the namespace too`;
  const ask = `ask its owner to register ${wildcard} too`;
  return takenFor === undefined
    ? ask
    : `${ask}, and write ${serviceEntryText(wildcard, namespace)} in place of the entry that grants ${egressHost({ namespace: takenFor, host: wildcard })}`;
}

export const REPLACED_DIAGNOSTICS = {
  RegistrationReplaced: row<Replaced>({
    severity: 'warning',
    message: replacedText,
    documentation: {
      meaning:
        'Without intents, calls to the host use this ServiceEntry: one of the platform, or one that is granted. With them they use another registration of the host, so endpoints and target ports of this one are lost. A pod can use only one registration of a host, and this one lacks a port that some intent of the namespace grants, has it with another protocol, or is granted together with another one that is reached differently. Or another host, at an address of the granted one and on the same port of TCP or TLS, answers without intents, since Istio puts it first. Or Istio refuses a Sidecar that lists the name, such as `*-api.example.com`. Or the controller registers the host for a `host` entry: Istio then uses the older of two in one namespace and, before Istio 1.31, what a granted wildcard above the host brings in. Before Istio 1.31 such a wildcard also brings in what its own namespace registers for the host, though that does not answer without intents.',
      remedy:
        'Grant only ports that the ServiceEntry has, with its protocols, in every intent of the namespace; or ask its owner to add the port. Where the message names another registration or a wildcard, grant the ServiceEntry with `serviceEntry` instead of `host` in every intent of the namespace.',
    },
    examples: [
      { host: EXAMPLE_HOST, serviceEntry: 'istio-system/partner', ports: [8443] },
      { host: EXAMPLE_HOST, serviceEntry: 'istio-system/wild', ports: [443], wildcard: '*.example.com' },
      { host: EXAMPLE_HOST, serviceEntry: 'istio-system/part', ports: [443], wildcard: '*-api.example.com' },
      {
        host: '*-api.example.com',
        serviceEntry: 'istio-system/part',
        ports: [443],
        takenBy: '*.example.com',
      },
      {
        host: '*-api.example.com',
        serviceEntry: 'istio-system/part',
        ports: [443],
        takenBy: '*.example.com',
        takenFor: 'tools',
      },
      {
        host: 'my_db-api.example.com',
        serviceEntry: 'istio-system/part',
        ports: [443],
        takenBy: '*-api.example.com',
        takenFor: 'tools',
      },
      { host: 'db.blue.svc.cluster.local', serviceEntry: 'shop/db', ports: [5432], otherAddresses: true },
      { host: EXAMPLE_HOST, serviceEntry: 'istio-system/partner', ports: [], broughtInBy: '*.example.com' },
      {
        host: EXAMPLE_HOST,
        serviceEntry: 'istio-system/wild',
        ports: [443],
        broughtInBy: '*.example.com',
        wildcard: '*.example.com',
        usedInstead: 'istio-system/api.example.com',
      },
      {
        host: EXAMPLE_HOST,
        serviceEntry: 'tools/partner',
        ports: [443],
        broughtInBy: '*.example.com',
        usedInstead: 'istio-system/api.example.com',
      },
      { host: EXAMPLE_HOST, serviceEntry: 'tools/partner', ports: [], usedInstead: 'shop/api.example.com' },
      {
        host: EXAMPLE_HOST,
        serviceEntry: 'tools/wild',
        ports: [443],
        wildcard: '*.example.com',
        usedInstead: 'shop/api.example.com',
      },
      {
        host: 'db.example.com',
        serviceEntry: 'istio-system/db',
        ports: [5432],
        usedInstead: 'tools/mirror.example.com',
        atAddress: Cidr.parse('203.0.113.7'),
      },
      {
        host: 'db.blue.svc.cluster.local',
        serviceEntry: 'blue/db',
        ports: [5432],
        usedInstead: 'shop/db.example.com',
        atAddress: Cidr.parse('10.96.0.10'),
        isService: true,
      },
      {
        host: EXAMPLE_HOST,
        serviceEntry: 'shop/by-hand',
        ports: [443],
        olderEntry: 'shop/egress-intent-api-example-com-d0c43d388506',
      },
    ],
  }),
};
