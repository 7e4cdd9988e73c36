import type { RunQuery } from './run-query.ts';
import {
  dispositionOf,
  InputError,
  type Run,
  type RunActionKind,
  type RunDisposition,
  type RunSortField,
} from '@rat/domain';
import { countRuns } from './count-runs.ts';
import { withSnapshot, type Database, type Queryable } from '../db/database.ts';
import { RUN_COLUMNS, toRun, type RunRow } from '../runs/run-row.ts';
import {
  RUN_PROGRESS,
  toProgress,
  type ProgressRow,
  type RunProgress,
} from '../runs/run-progress.ts';
import { hasUncountedFilter, matchName, runConditions } from './run-conditions.ts';
import { offsetBound, seekOffset } from './seek-offset.ts';

/** A run in a list. */
export interface ListedRun extends Run {
  disposition: RunDisposition | undefined;
  progress: RunProgress | undefined;
}

/** One page of a list of runs. */
export interface RunPage {
  runs: ListedRun[];
  /** The exact number of runs that match the filters, on all pages. */
  total: number;
  nextCursor: string | undefined;
}

/** The SQL type of each sort field. The value in a cursor is text and is cast to it. */
const SORT_TYPES: Record<RunSortField, string> = {
  created_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  duration_ms: 'bigint',
  rows_written: 'bigint',
  status: 'text',
  trigger: 'text',
};

/**
 * Returns one page of runs. Runs without a value for the sort field are last in either order; ties
 * are ordered by id, so pages never overlap. Throws InputError for a cursor of another sort.
 *
 * @example
 * const page = await listRuns(db, { sort: 'created_at', order: 'desc', limit: 50, offset: 0 });
 * const next = page.nextCursor;
 */
export async function listRuns(db: Database, query: RunQuery): Promise<RunPage> {
  const isDeep =
    query.sort === 'created_at' && query.offset >= DEEP_OFFSET && !hasUncountedFilter(query);
  const [rows, total] = isDeep
    ? await readDeepPage(db, query)
    : await Promise.all([readRows(db.pool, query), countRuns(db.pool, query)]);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : undefined;
  return {
    runs: shown.map(toListed),
    total,
    nextCursor: last && encodeCursor(query, { value: last.sort_value, id: last.id }),
  };
}

/** From this offset on, finding the page by counts costs less than reading up to it. */
const DEEP_OFFSET = 1_000;

interface ListedRow extends RunRow {
  sort_value: string | null;
  actions: RunActionKind[];
  progress: ProgressRow | null;
}

function toListed(row: ListedRow): ListedRun {
  const run = toRun(row);
  return {
    ...run,
    disposition: dispositionOf(run, row.actions),
    progress: row.progress === null ? undefined : toProgress(row.progress),
  };
}

/**
 * Reads the counts, the place of the page and the page in one snapshot: otherwise a run that is
 * inserted between the reads would shift the page.
 */
function readDeepPage(db: Database, query: RunQuery): Promise<[ListedRow[], number]> {
  return withSnapshot(db.pool, async (client) => {
    const { total, place } = await seekOffset(client, query, query);
    if (place === undefined) return [[], total];
    const bound = offsetBound(place, query.order);
    const rest = { ...query, offset: place.rest };
    return [await readRows(client, rest, bound), total];
  });
}

/**
 * Reads one row more than the page has, which shows whether another page follows. `bound` excludes
 * all runs before it in the order. Only rows of the page itself are fetched; the offset is walked
 * in the index.
 */
async function readRows(client: Queryable, query: RunQuery, bound?: Date): Promise<ListedRow[]> {
  const values: unknown[] = [];
  const page = pageOf(query, bound, (value) => `$${values.push(value)}`);
  const answer = await client.query<ListedRow>(
    `SELECT
       ${RUN_COLUMNS},
       ${sortValue(query.sort)} AS sort_value,
       ARRAY(SELECT a.action::text FROM run_actions a WHERE a.run_id = r.id) AS actions,
       ${RUN_PROGRESS} AS progress
     FROM (${page}) page
       JOIN runs r ON r.id = page.id
       JOIN pipeline_versions v ON v.id = r.pipeline_version_id
     ORDER BY ${orderBy(query)}`,
    values,
  );
  return answer.rows;
}

type Bind = (value: unknown) => string;

/**
 * SQL for the ids of the page. Two filters match runs in several parts of an index: several
 * statuses, and a pipeline's name alone, with which no index starts. Then the first runs of each
 * part are read by the index, and the page is taken from these. With a filter that no index starts
 * with, one pass over the index of all runs by age costs less than one for each status.
 */
function pageOf(query: RunQuery, bound: Date | undefined, bind: Bind): string {
  const { namespace, layer, pipeline, status, limit, offset } = query;
  const order = orderBy(query);
  const rows = `LIMIT ${limit + 1} OFFSET ${offset}`;
  const parts: string[] = [];
  const found: RunQuery = { ...query };
  const joined: string[] = [];
  if (pipeline !== undefined && (namespace === undefined || layer === undefined)) {
    const names = Object.entries({ namespace, layer, name: pipeline }).flatMap(([column, name]) =>
      name === undefined ? [] : [matchName(column, name, bind)],
    );
    parts.push(`(SELECT namespace, layer, name AS pipeline FROM pipelines ${whereAll(names)}) p`);
    joined.push('(r.namespace, r.layer, r.pipeline) = (p.namespace, p.layer, p.pipeline)');
    Object.assign(found, { namespace: undefined, layer: undefined, pipeline: undefined });
  }
  if (typeof status === 'object' && !hasUncountedFilter(query)) {
    parts.push(`unnest(${bind(status)}::text[]) AS s(status)`);
    joined.push('r.status = s.status');
    found.status = undefined;
  }
  const conditions = [...joined, ...runConditions(found, bind), ...placeOf(query, bound, bind)];
  if (parts.length === 0) {
    return `SELECT r.id FROM runs r ${whereAll(conditions)} ORDER BY ${order} ${rows}`;
  }
  return `SELECT r.id
    FROM ${parts.join(' CROSS JOIN ')} CROSS JOIN LATERAL (
      SELECT r.id, r.${query.sort} FROM runs r ${whereAll(conditions)}
      ORDER BY ${order} LIMIT ${offset + limit + 1}) r
    ORDER BY ${order} ${rows}`;
}

function whereAll(conditions: string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** The conditions for runs behind the start of the page. */
function placeOf(query: RunQuery, bound: Date | undefined, bind: Bind): string[] {
  const conditions: string[] = [];
  if (bound !== undefined)
    conditions.push(`r.created_at ${query.order === 'asc' ? '>=' : '<'} ${bind(bound)}`);
  if (query.cursor !== undefined) conditions.push(behindCursor(query, bind));
  return conditions;
}

/** `created_at` is never null, and its index does not define an order of nulls. */
function orderBy({ sort, order }: RunQuery): string {
  return `r.${sort} ${order} ${sort === 'created_at' ? '' : 'NULLS LAST'}, r.id ${order}`;
}

/**
 * Keyset paging: the condition for rows after the cursor. For `created_at` it is one row
 * comparison, which the index supports. The nullable fields need the definition of "after (value,
 * id), nulls last" in full.
 */
function behindCursor(query: RunQuery, bind: Bind): string {
  const { value, id } = decodeCursor(query);
  const column = `r.${query.sort}`;
  const after = query.order === 'asc' ? '>' : '<';
  const ofId = `${bind(id)}::uuid`;
  if (value === null) return `(${column} IS NULL AND r.id ${after} ${ofId})`;
  const ofValue = `${bind(value)}::${SORT_TYPES[query.sort]}`;
  return query.sort === 'created_at'
    ? `(${column}, r.id) ${after} (${ofValue}, ${ofId})`
    : `(
        ${column} ${after} ${ofValue}
        OR (${column} = ${ofValue} AND r.id ${after} ${ofId})
        OR ${column} IS NULL
      )`;
}

/** The sort value as text. Timestamps are UTC, independent of the session’s time zone. */
function sortValue(sort: RunSortField): string {
  return SORT_TYPES[sort] === 'timestamptz'
    ? `to_char(r.${sort} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    : `r.${sort}::text`;
}

interface Cursor {
  value: string | null;
  id: string;
}

function encodeCursor(query: RunQuery, cursor: Cursor): string {
  const parts = [query.sort, query.order, cursor.value, cursor.id];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function decodeCursor(query: RunQuery): Cursor {
  const parts = parseJson(Buffer.from(query.cursor ?? '', 'base64url').toString());
  if (!Array.isArray(parts)) throw badCursor('was not returned by a list of runs');
  const [sort, order, value, id] = parts as unknown[];
  if (sort !== query.sort || order !== query.order) {
    throw badCursor(
      'belongs to another sort or order; repeat the sort and order of the first page',
    );
  }
  const valueIsRight = value === null || (typeof value === 'string' && fitsSort(query.sort, value));
  if (!valueIsRight || typeof id !== 'string' || !UUID.test(id)) {
    throw badCursor('was not returned by a list of runs');
  }
  return { value, id };
}

function fitsSort(sort: RunSortField, value: string): boolean {
  switch (SORT_TYPES[sort]) {
    case 'timestamptz':
      return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
    case 'bigint':
      return /^\d{1,18}$/.test(value);
    default:
      return !value.includes('\0');
  }
}

function badCursor(reason: string): InputError {
  return new InputError(`cursor ${reason}`, [{ path: 'cursor', message: reason }]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
