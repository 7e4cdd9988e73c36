import type { FaultList } from './fault-list.ts';

/** What a client sent, and what is wrong with the answers. */
export interface Driven {
  /** Requests that were answered. */
  answered: number;
  byStatus: ReadonlyMap<number, number>;
  faults: FaultList;
}
