import type { FailureCode, RunDisposition, RunKind, RunSortField, RunStatus } from '@rat/domain';
import type { NameFilter } from '../db/name-filter.ts';

/** The filter, the order and the page of a list of runs. */
export interface RunQuery {
  namespace?: NameFilter;
  layer?: string | undefined;
  pipeline?: string | undefined;
  /** One status, or any of several. */
  status?: RunStatus | readonly RunStatus[] | undefined;
  /** Only runs created strictly after this time. */
  from?: Date | undefined;
  /** Only runs created strictly before this time. */
  to?: Date | undefined;
  kind?: RunKind | undefined;
  /** The whole trigger, or its part before a colon: `schedule` also matches `schedule:hourly`. */
  trigger?: string | undefined;
  pool?: string | undefined;
  /** The runner of the newest attempt. */
  runner?: string | undefined;
  failureCode?: FailureCode | undefined;
  /** The run group that made it. */
  groupId?: string | undefined;
  disposition?: RunDisposition | undefined;
  /** The version of the pipeline that it runs, for a filter with the whole address. */
  pipelineVersion?: number | undefined;
  /** A part of the address `namespace.layer.pipeline`, or the first 8 or more digits of the id. */
  q?: string | undefined;
  sort: RunSortField;
  order: 'asc' | 'desc';
  limit: number;
  offset: number;
  /**
   * The `nextCursor` of a page: continues after that page at a cost that does not grow with depth;
   * `offset` is then 0.
   */
  cursor?: string | undefined;
}

/** The filter of a list of runs. */
export type CountFilter = Omit<RunQuery, 'sort' | 'order' | 'limit' | 'offset' | 'cursor'>;
