import type { RunSortField, RunStatus } from '@rat/domain';

/** Which runs a list shows, in which order, and which page of them. */
export interface RunQuery {
  namespace?: string | undefined;
  layer?: string | undefined;
  pipeline?: string | undefined;
  status?: RunStatus | undefined;
  /** Created strictly after. */
  from?: Date | undefined;
  /** Created strictly before. */
  to?: Date | undefined;
  sort: RunSortField;
  order: 'asc' | 'desc';
  limit: number;
  offset: number;
  /** An answer's `nextCursor`: goes on after that page however deep it is; `offset` is then 0. */
  cursor?: string | undefined;
}
