// Lets requests pass only while this process leads for longer than they may take.
import { err } from '../../domain/result.ts';
import type { ApiError } from '../api-error.ts';
import type { Request, Transport } from '../transport.ts';
import type { Election } from './election.ts';

/** Requests of a leader: none is sent without the Lease, and none is waited for beyond it. */
export function fenced(
  transport: Pick<Transport, 'request'>,
  { writableForMs }: Pick<Election, 'writableForMs'>,
): Pick<Transport, 'request'> {
  const guard = (): ApiError | undefined => (writableForMs() > 0 ? undefined : NOT_LEADER);
  return {
    request: async (request: Request) => {
      const ms = writableForMs();
      if (ms <= 0) return err(NOT_LEADER);
      const limit = AbortSignal.timeout(ms);
      const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
      return transport.request({ ...request, signal, guard });
    },
  };
}

const NOT_LEADER: ApiError = {
  kind: 'notLeader',
  message: 'not written, because this controller does not lead any more: the one that leads will write it',
};
