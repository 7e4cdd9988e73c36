import type { AccessWorld, Prepared, Sender } from './access-world.ts';

/** A request that succeeds for every principal whose role is enough, in the namespace `default`. */
export interface AccessCase {
  /** The status of its success, of the declared answers of the operation. */
  succeeds: number;
  /** Makes what the request is about, and the request. `sender` is the first who may send it, for things that belong to a person. */
  prepare: (world: AccessWorld, sender: Sender) => Promise<Prepared> | Prepared;
  /**
   * What a principal of another namespace is answered where the place of the access does not say it. `shown` leaves out what is
   * foreign, and so succeeds, unless the request names something foreign.
   */
  elsewhere?: number;
}

/** A request without parts. */
export const plain = (succeeds = 200): AccessCase => ({ succeeds, prepare: () => ({}) });

/** A request whose query names the namespace, so that a principal of another one cannot use it. */
export const listed = (query = 'namespace=default'): AccessCase => ({
  succeeds: 200,
  prepare: () => ({ query }),
});

/** A request about what `prepare` makes. */
export function on(succeeds: number, prepare: AccessCase['prepare']): AccessCase {
  return { succeeds, prepare };
}
