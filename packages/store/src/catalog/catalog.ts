import {
  formatRef,
  includesNamespaces,
  LAYERS,
  type Layer,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import type { AttemptKey } from '../db/attempt-key.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';

/** The catalog name that other engines must configure to see these tables. */
export const CATALOG_NAME = 'rat';

/** A change of the pointer from a table to its current metadata file. */
export interface PointerMove {
  table: PipelineRef;
  /** The pointer’s current value; undefined if the table does not exist yet. */
  expected: string | undefined;
  next: string;
}

/**
 * The Iceberg namespace of a table. It has a single level, because every engine can list that. It
 * is unambiguous, because the layers are a fixed set.
 */
export function catalogNamespace(table: PipelineRef): string {
  return `${table.namespace}_${table.layer}`;
}

/**
 * The current metadata file of each table that exists, by `namespace.layer.name`, all from one
 * snapshot. For a reader that is limited to `mayRead`, tables of other namespaces do not exist.
 */
export async function findTables(
  db: { pool: Queryable },
  wanted: readonly PipelineRef[],
  mayRead?: NamespaceSet,
): Promise<Map<string, string>> {
  const tables = wanted.filter(({ namespace }) => includesNamespaces(mayRead, [namespace]));
  const answer = await db.pool.query<{ position: number; metadata_location: string }>({
    ...FIND_TABLES,
    values: [CATALOG_NAME, tables.map(catalogNamespace), tables.map((table) => table.name)],
  });
  const found = new Map<string, string>();
  for (const row of answer.rows) {
    const table = tables[row.position - 1];
    if (table !== undefined) found.set(formatRef(table), row.metadata_location);
  }
  return found;
}

const FIND_TABLES = {
  name: 'find-tables',
  text: `SELECT wanted.position, t.metadata_location FROM lake.iceberg_tables t
    JOIN unnest($2::text[], $3::text[]) WITH ORDINALITY AS wanted(namespace, name, position)
      ON t.table_namespace = wanted.namespace AND t.table_name = wanted.name
    WHERE t.catalog_name = $1
      AND t.metadata_location IS NOT NULL
      AND (t.iceberg_type = 'TABLE' OR t.iceberg_type IS NULL)`,
};

/** A page of the catalog’s tables, ordered by namespace, layer and name; `total` is exact. */
export async function listTables(
  db: Database,
  query: {
    namespace?: NameFilter;
    layer?: Layer | undefined;
    limit: number;
    offset: number;
  },
): Promise<{ tables: { table: PipelineRef; location: string }[]; total: number }> {
  const { namespace, layer = null, limit, offset } = query;
  const names = toNames(namespace);
  const [page, counted] = await Promise.all([
    db.pool.query<PipelineRef & { location: string }>(
      `SELECT namespace, layer, name, location ${OUR_TABLES}
       ORDER BY namespace, array_position($4::text[], layer), name LIMIT $5 OFFSET $6`,
      [CATALOG_NAME, names, layer, LAYERS, limit, offset],
    ),
    db.pool.query<{ total: number }>(`SELECT count(*) AS total ${OUR_TABLES}`, [
      CATALOG_NAME,
      names,
      layer,
    ]),
  ]);
  const tables = page.rows.map(({ location, ...table }) => ({ table, location }));
  return { tables, total: counted.rows[0]?.total ?? 0 };
}

/**
 * The tables in our namespaces. Other engines may have created tables in other namespaces, which
 * have no address here.
 */
const OUR_TABLES = `FROM (
    SELECT
      regexp_replace(table_namespace, '_[a-z]+$', '') AS namespace,
      substring(table_namespace FROM '_(bronze|silver|gold)$') AS layer,
      table_name AS name,
      metadata_location AS location
    FROM lake.iceberg_tables
    WHERE catalog_name = $1
      AND metadata_location IS NOT NULL
      AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)
  ) AS ours
  WHERE layer IS NOT NULL
    AND ($2::text[] IS NULL OR namespace = ANY ($2))
    AND ($3::text IS NULL OR layer = $3)`;

/**
 * Moves a table's pointer if it still has the value that the caller built on, by the protocol of
 * Iceberg's JDBC catalogs. Returns false when another writer moved it first, one of ours or another
 * engine.
 */
export async function moveTable(db: { pool: Queryable }, move: PointerMove): Promise<boolean> {
  const namespace = catalogNamespace(move.table);
  if (move.expected === undefined) {
    await db.pool.query({ ...ENSURE_NAMESPACE, values: [CATALOG_NAME, namespace] });
    const created = await db.pool.query({
      ...CREATE_TABLE,
      values: [CATALOG_NAME, namespace, move.table.name, move.next],
    });
    return created.rowCount === 1;
  }
  const moved = await db.pool.query({
    ...MOVE_TABLE,
    values: [CATALOG_NAME, namespace, move.table.name, move.next, move.expected],
  });
  return moved.rowCount === 1;
}

/**
 * The row that Java’s catalogs write for a namespace. They refuse to create a table in a namespace
 * without one.
 */
const ENSURE_NAMESPACE = {
  name: 'ensure-catalog-namespace',
  text: `INSERT INTO lake.iceberg_namespace_properties (
      catalog_name,
      namespace,
      property_key,
      property_value
    )
    VALUES ($1, $2, 'exists', 'true') ON CONFLICT DO NOTHING`,
};

const CREATE_TABLE = {
  name: 'create-table',
  text: `INSERT INTO lake.iceberg_tables (
      catalog_name,
      table_namespace,
      table_name,
      metadata_location,
      iceberg_type
    )
    VALUES ($1, $2, $3, $4, 'TABLE') ON CONFLICT DO NOTHING`,
};

const MOVE_TABLE = {
  name: 'move-table',
  text: `UPDATE lake.iceberg_tables SET metadata_location = $4, previous_metadata_location = $5
    WHERE catalog_name = $1
      AND table_namespace = $2
      AND table_name = $3
      AND metadata_location = $5
      AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)`,
};

/**
 * Takes a table out of the catalog, so that no engine finds it, and returns its metadata file;
 * undefined when the table does not exist. A writer that commits at the same time commits before,
 * or finds no table.
 */
export async function removeTable(
  db: { pool: Queryable },
  table: PipelineRef,
): Promise<string | undefined> {
  const removed = await db.pool.query<{ metadata_location: string }>({
    ...REMOVE_TABLE,
    values: [CATALOG_NAME, catalogNamespace(table), table.name],
  });
  return removed.rows[0]?.metadata_location;
}

const REMOVE_TABLE = {
  name: 'remove-table',
  text: `DELETE FROM lake.iceberg_tables
    WHERE catalog_name = $1
      AND table_namespace = $2
      AND table_name = $3
      AND metadata_location IS NOT NULL
      AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)
    RETURNING metadata_location`,
};

/**
 * Makes a run's branch visible, under the fence: only the running attempt may do it, and not after
 * a cancel was requested. The share lock blocks the settlement of this run by another process until
 * the pointer has moved.
 */
export async function commitBranch(
  db: Database,
  held: AttemptKey,
  move: PointerMove,
): Promise<'committed' | 'conflict' | 'fenced'> {
  return withTransaction(db.pool, async (client) => {
    const running = await client.query(
      `SELECT 1 FROM runs
       WHERE id = $1 AND attempt = $2 AND status = 'running' AND cancel_requested_at IS NULL
       FOR SHARE`,
      [held.runId, held.attempt],
    );
    if (running.rowCount === 0) return 'fenced';
    return (await moveTable({ pool: client }, move)) ? 'committed' : 'conflict';
  });
}
