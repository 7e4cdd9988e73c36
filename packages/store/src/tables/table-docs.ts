import {
  formatRef,
  InputError,
  type Layer,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { withTransaction, type Database } from '../db/database.ts';
import { refuseUnlessState, stateTag } from '../db/state-tag.ts';
import { storableJson } from '../db/storable.ts';

/** What people wrote about a table. */
export interface TableDocs {
  description: string | undefined;
  owner: string | undefined;
  tags: readonly string[];
  /** By column name. Columns that the table no longer has keep their words. */
  columns: Readonly<Record<string, { description: string }>>;
  updatedAt: Date;
  updatedBy: string | undefined;
}

/** A change of what is written: an absent field stays, null and '' take the words away. */
export interface TableDocsChange {
  description?: string | null | undefined;
  owner?: string | null | undefined;
  tags?: readonly string[] | null | undefined;
  columns?:
    | Readonly<Record<string, { description?: string | null | undefined } | null>>
    | null
    | undefined;
}

/**
 * Changes what is written about a table. The row is locked, so two changes of different fields at
 * the same time keep both. Throws InputError when too many columns would be described, and
 * PreconditionError.
 *
 * @example
 * const docs = await changeTableDocs(db, table, { owner: 'ada' }, { by: 'ada' });
 */
export async function changeTableDocs(
  db: Database,
  { namespace, layer, name }: PipelineRef,
  change: TableDocsChange,
  { by, precondition = {} }: { by?: string | undefined; precondition?: Precondition },
): Promise<TableDocs> {
  return withTransaction(db.pool, async (client) => {
    const locked = await client.query<DocsRow>(
      `INSERT INTO table_docs (namespace, layer, name) VALUES ($1, $2, $3)
       ON CONFLICT (namespace, layer, name) DO UPDATE SET name = excluded.name
       RETURNING ${DOCS_COLUMNS}`,
      [namespace, layer, name],
    );
    const [before] = locked.rows;
    if (before === undefined) throw new Error('an upsert returned no row');
    const docs = toDocs(before);
    const current = { tag: docsTag(docs), at: docs.updatedAt, author: docs.updatedBy };
    refuseUnlessState(precondition, 'what is written about the table', current);
    const changed = await client.query<DocsRow>(
      `UPDATE table_docs SET
         description = $4,
         owner = $5,
         tags = $6::jsonb,
         columns = $7::jsonb,
         updated_at = now(),
         updated_by = $8
       WHERE namespace = $1 AND layer = $2 AND name = $3
       RETURNING ${DOCS_COLUMNS}`,
      [
        namespace,
        layer,
        name,
        changedText(before.description, change.description),
        changedText(before.owner, change.owner),
        storableJson(change.tags === undefined ? before.tags : (change.tags ?? [])),
        storableJson(changedColumns(before.columns, change.columns)),
        by ?? null,
      ],
    );
    const [row] = changed.rows;
    if (row === undefined) throw new Error('an update returned no row');
    return toDocs(row);
  });
}

/** The entity tag of what is written about a table; without any words, that of none. */
export function docsTag(
  docs: Pick<TableDocs, 'description' | 'owner' | 'tags' | 'columns'> | undefined,
): string {
  const { description, owner, tags = [], columns = {} } = docs ?? {};
  return stateTag([description, owner, tags, columns]);
}

/** What is written about each of these tables, by `namespace.layer.name`. */
export async function findTableDocs(
  db: Database,
  tables: readonly PipelineRef[],
): Promise<Map<string, TableDocs>> {
  const answer = await db.pool.query<DocsRow & { namespace: string; layer: Layer; name: string }>({
    ...FIND_DOCS,
    values: [
      tables.map((table) => table.namespace),
      tables.map((table) => table.layer),
      tables.map((table) => table.name),
    ],
  });
  return new Map(answer.rows.map((row) => [formatRef(row), toDocs(row)]));
}

/** Bounds the row: names of columns that the table never had are taken too. */
const COLUMNS_MAX = 2_000;

const DOCS_COLUMNS = `
  table_docs.description,
  table_docs.owner,
  table_docs.tags,
  table_docs.columns,
  table_docs.updated_at,
  table_docs.updated_by`;

const FIND_DOCS = {
  name: 'find-table-docs',
  text: `SELECT table_docs.namespace, table_docs.layer, table_docs.name, ${DOCS_COLUMNS}
    FROM table_docs
      JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted(namespace, layer, name)
        ON table_docs.namespace = wanted.namespace
          AND table_docs.layer = wanted.layer
          AND table_docs.name = wanted.name`,
};

interface DocsRow {
  description: string | null;
  owner: string | null;
  tags: string[];
  columns: Record<string, { description: string }>;
  updated_at: Date;
  updated_by: string | null;
}

function toDocs(row: DocsRow): TableDocs {
  return {
    description: row.description ?? undefined,
    owner: row.owner ?? undefined,
    tags: row.tags,
    columns: row.columns,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by ?? undefined,
  };
}

function changedText(before: string | null, change: string | null | undefined): string | null {
  if (change === undefined) return before;
  return change === '' ? null : change;
}

function changedColumns(
  before: DocsRow['columns'],
  change: TableDocsChange['columns'],
): DocsRow['columns'] {
  if (change === undefined) return before;
  if (change === null) return {};
  // A Map, because a column may have the name of a property of every object.
  const columns = new Map(Object.entries(before));
  for (const [name, column] of Object.entries(change)) {
    if (column !== null && column.description === undefined) continue;
    const description = column?.description ?? '';
    if (description === '') columns.delete(name);
    else columns.set(name, { description });
  }
  if (columns.size > COLUMNS_MAX) {
    throw new InputError(`a table may have ${COLUMNS_MAX} described columns; null removes one`);
  }
  return Object.fromEntries(columns);
}
