import type { RunQuery } from './run-query.ts';
import { InputError, type Run, type RunSortField } from '@rat/domain';
import { countRuns } from './count-runs.ts';
import { withSnapshot, type Database, type Queryable } from '../db/database.ts';
import { RUN_COLUMNS, toRun, type RunRow } from '../runs/run-row.ts';
import { offsetBound, seekOffset } from './seek-offset.ts';

export interface RunPage {
  runs: Run[];
  /** Exact, for the filters alone. */
  total: number;
  nextCursor: string | undefined;
}

/** The SQL type of each sort field, for the cursor's value comes back as text. */
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
 * One page of runs. Runs without a value for the sort field come last in either order; ties are broken by id, so that
 * pages never overlap. Throws InputError for a cursor that belongs to another sort.
 */
export async function listRuns(db: Database, query: RunQuery): Promise<RunPage> {
  const isDeep = query.sort === 'created_at' && query.offset >= DEEP_OFFSET;
  const [rows, total] = isDeep
    ? await readDeepPage(db, query)
    : await Promise.all([readRows(db.pool, query), countRuns(db.pool, query)]);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : undefined;
  return {
    runs: shown.map(toRun),
    total,
    nextCursor: last && encodeCursor(query, { value: last.sort_value, id: last.id }),
  };
}

/** From here on, finding the page by counts costs less than walking to it. */
const DEEP_OFFSET = 1_000;

type ListedRow = RunRow & { sort_value: string | null };

/** Counts, the place of the page and the page in one snapshot: otherwise a run that comes in between moves the place. */
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
 * One row more than the page has, which tells whether another page follows. `bound`: nothing before it in the order. Only
 * the page's own rows are fetched: the offset is walked in the index.
 */
async function readRows(client: Queryable, query: RunQuery, bound?: Date): Promise<ListedRow[]> {
  const values: unknown[] = [];
  const page = pageOf(query, bound, (value) => `$${values.push(value)}`);
  const answer = await client.query<ListedRow>(
    `SELECT ${RUN_COLUMNS}, ${sortValue(query.sort)} AS sort_value
     FROM (${page}) page JOIN runs r ON r.id = page.id JOIN pipeline_versions v ON v.id = r.pipeline_version_id
     ORDER BY ${orderBy(query)}`,
    values,
  );
  return answer.rows;
}

type Bind = (value: unknown) => string;

/**
 * The ids of the page. A pipeline's name alone is the beginning of no index: of each pipeline of that name the first runs
 * are read from its own part of one, and the page is taken from these.
 */
function pageOf(query: RunQuery, bound: Date | undefined, bind: Bind): string {
  const { namespace, layer, pipeline, limit, offset } = query;
  const order = orderBy(query);
  const rows = `LIMIT ${limit + 1} OFFSET ${offset}`;
  const conditions = conditionsOf(query, bound, bind);
  const names = Object.entries({ namespace, layer, pipeline }).filter(
    ([, name]) => name !== undefined,
  );
  if (pipeline === undefined || names.length === 3) {
    conditions.push(...names.map(([column, name]) => `r.${column} = ${bind(name)}`));
    return `SELECT r.id FROM runs r ${whereAll(conditions)} ORDER BY ${order} ${rows}`;
  }
  conditions.push('(r.namespace, r.layer, r.pipeline) = (p.namespace, p.layer, p.pipeline)');
  return `SELECT r.id
    FROM (SELECT namespace, layer, name AS pipeline FROM pipelines) p CROSS JOIN LATERAL (
      SELECT r.id, r.${query.sort} FROM runs r ${whereAll(conditions)}
      ORDER BY ${order} LIMIT ${offset + limit + 1}) r
    ${whereAll(names.map(([column, name]) => `p.${column} = ${bind(name)}`))} ORDER BY ${order} ${rows}`;
}

function whereAll(conditions: string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

function conditionsOf(query: RunQuery, bound: Date | undefined, bind: Bind): string[] {
  const conditions: string[] = [];
  if (query.status !== undefined) conditions.push(`r.status = ${bind(query.status)}`);
  if (query.from !== undefined) conditions.push(`r.created_at > ${bind(query.from)}`);
  if (query.to !== undefined) conditions.push(`r.created_at < ${bind(query.to)}`);
  if (bound !== undefined)
    conditions.push(`r.created_at ${query.order === 'asc' ? '>=' : '<'} ${bind(bound)}`);
  if (query.cursor !== undefined) conditions.push(behindCursor(query, bind));
  return conditions;
}

/** `created_at` is never null, and its index knows no order of nulls. */
function orderBy({ sort, order }: RunQuery): string {
  return `r.${sort} ${order} ${sort === 'created_at' ? '' : 'NULLS LAST'}, r.id ${order}`;
}

/**
 * Keyset paging. The cursor of `created_at` is one row comparison that walks the index; the nullable fields say in words
 * what "after (value, id), nulls last" means.
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
    : `(${column} ${after} ${ofValue} OR (${column} = ${ofValue} AND r.id ${after} ${ofId}) OR ${column} IS NULL)`;
}

/** Timestamps keep their zone in text whatever the session's settings. */
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
  if (!Array.isArray(parts)) throw badCursor('is not one that a list of runs answered');
  const [sort, order, value, id] = parts as unknown[];
  if (sort !== query.sort || order !== query.order) {
    throw badCursor('belongs to another sort or order; leave these as they were');
  }
  const valueIsRight = value === null || (typeof value === 'string' && fitsSort(query.sort, value));
  if (!valueIsRight || typeof id !== 'string' || !UUID.test(id)) {
    throw badCursor('is not one that a list of runs answered');
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
