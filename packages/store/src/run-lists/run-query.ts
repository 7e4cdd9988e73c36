import type { RunSortField, RunStatus } from '@rat/domain';

/** The filter, the order and the page of a list of runs. */
export interface RunQuery {
  namespace?: string | undefined;
  layer?: string | undefined;
  pipeline?: string | undefined;
  status?: RunStatus | undefined;
  /** Only runs created strictly after this time. */
  from?: Date | undefined;
  /** Only runs created strictly before this time. */
  to?: Date | undefined;
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
