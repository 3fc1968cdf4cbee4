// Whether this replica leads. Only the one that leads writes; the others watch everything, so that they can go on at once.
import type { Logger } from 'pino';
import { startElection, TIMES, type Election } from '../../kubernetes/leader/election.ts';
import { fenced } from '../../kubernetes/leader/fence.ts';
import { leaseClient, type LeaseName } from '../../kubernetes/leader/lease.ts';
import type { Transport } from '../../kubernetes/transport.ts';

export type LeaderElection = LeaseName & {
  /** Of this process, and of no other. */
  readonly identity: string;
};

export type Leadership = {
  /** Begins to wait for the Lease, and resolves once it is held. */
  readonly campaign: () => Promise<void>;
  readonly leads: () => boolean;
  /** Sends a request only while this replica leads. */
  readonly transport: Pick<Transport, 'request'>;
  /** From now on no write may begin. */
  readonly close: () => void;
  /** Gives the Lease back; to be called once every write has ended. */
  readonly release: () => Promise<void>;
};

type LeadershipOptions = {
  readonly transport: Transport;
  readonly log: Logger;
  /** The Lease is lost: the process must end. */
  readonly onLost: (why: string) => void;
};

/** Without election, the only replica leads from the start, and finishes its runs before it stops. */
export const onlyReplica = (transport: Transport): Leadership => ({
  campaign: async () => undefined,
  leads: () => true,
  transport,
  close: () => undefined,
  release: async () => undefined,
});

export function electedReplica(
  { identity, ...name }: LeaderElection,
  { transport, log, onLost }: LeadershipOptions,
): Leadership {
  const lease = `${name.namespace}/${name.name}`;
  let election: Election | undefined;
  const writableForMs = (): number => election?.writableForMs() ?? 0;
  return {
    campaign: () =>
      new Promise((resolve) => {
        log.info({ lease, identity }, 'waiting for the Lease');
        election = startElection({
          lease: leaseClient(transport, name),
          identity,
          times: TIMES,
          onElected: () => {
            log.info({ lease, identity }, 'leading');
            resolve();
          },
          onLost,
          onError: ({ kind, message }) =>
            log.warn({ lease, reason: kind, error: message }, 'Lease not reached'),
        });
      }),
    leads: () => election?.leads() ?? false,
    transport: fenced(transport, { writableForMs }),
    close: () => election?.close(),
    release: async () => election?.release(),
  };
}
