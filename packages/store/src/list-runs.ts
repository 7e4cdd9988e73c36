import { InputError, type Run, type RunSortField, type RunStatus } from '@rat/domain';
import { countRuns } from './count-runs.ts';
import { withTransaction, type Database, type Queryable } from './database.ts';
import { RUN_COLUMNS, toRun, type RunRow } from './run-row.ts';
import { skippedBound, skipRuns } from './skip-runs.ts';

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
  return withTransaction(db.pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const total = await countRuns(client, query);
    const place = await skipRuns(client, query, query);
    if (place === undefined) return [[], total];
    const bound = skippedBound(place, query.order);
    const rest = { ...query, offset: place.rest };
    return [await readRows(client, rest, bound), total];
  });
}

/** One row more than the page has, which tells whether another page follows. `bound`: nothing before it in the order. */
async function readRows(client: Queryable, query: RunQuery, bound?: Date): Promise<ListedRow[]> {
  const filter = filterClause(query);
  const page = pageClause(query, filter.values.length);
  const where = [...filter.conditions, ...page.conditions];
  const values = [...filter.values, ...page.values];
  if (bound !== undefined) {
    values.push(bound);
    where.push(`r.created_at ${query.order === 'asc' ? '>=' : '<'} $${values.length}`);
  }
  const answer = await client.query<ListedRow>(
    `SELECT ${RUN_COLUMNS}, ${sortValue(query.sort)} AS sort_value
     FROM runs r JOIN pipeline_versions v ON v.id = r.pipeline_version_id
     ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
     ORDER BY ${page.orderBy} LIMIT ${query.limit + 1} OFFSET ${query.offset}`,
    values,
  );
  return answer.rows;
}

interface Clause {
  conditions: string[];
  values: unknown[];
}

function filterClause(query: RunQuery): Clause {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  };
  add('r.namespace =', query.namespace);
  add('r.layer =', query.layer);
  add('r.pipeline =', query.pipeline);
  add('r.status =', query.status);
  add('r.created_at >', query.from);
  add('r.created_at <', query.to);
  return { conditions, values };
}

/**
 * Keyset paging. `created_at` is never null, so its cursor is one row comparison that walks the index; the nullable
 * fields say in words what "after (value, id), nulls last" means.
 */
function pageClause(query: RunQuery, usedValues: number): Clause & { orderBy: string } {
  const column = `r.${query.sort}`;
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  const after = query.order === 'asc' ? '>' : '<';
  const neverNull = query.sort === 'created_at';
  const orderBy = neverNull
    ? `${column} ${direction}, r.id ${direction}`
    : `${column} ${direction} NULLS LAST, r.id ${direction}`;
  if (query.cursor === undefined) return { conditions: [], values: [], orderBy };
  const cursor = decodeCursor(query);
  const value = `$${usedValues + 1}::${SORT_TYPES[query.sort]}`;
  const id = `$${usedValues + 2}::uuid`;
  if (cursor.value === null) {
    const condition = `(${column} IS NULL AND ${value} IS NULL AND r.id ${after} ${id})`;
    return { conditions: [condition], values: [null, cursor.id], orderBy };
  }
  const condition = neverNull
    ? `(${column}, r.id) ${after} (${value}, ${id})`
    : `(${column} ${after} ${value} OR (${column} = ${value} AND r.id ${after} ${id}) OR ${column} IS NULL)`;
  return { conditions: [condition], values: [cursor.value, cursor.id], orderBy };
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
