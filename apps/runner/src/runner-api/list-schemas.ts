import { SCHEMA_TABLES_MAX, type RunnerRequest, type TableSchemas } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { duckdbType } from '@rat/engine-duckdb/table-sql';
import { spellType, UnsupportedTypeError, type Schema } from '@rat/iceberg';
import { findTableDocs } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { describeColumns } from './present-table.ts';
import type { TableColumnsReader } from './table-columns.ts';

/** Returns the columns of all tables, at most SCHEMA_TABLES_MAX. */
export async function listSchemas(
  { db, columns }: Pick<RunnerApiDeps, 'db'> & { columns: TableColumnsReader },
  request: RunnerRequest<'list-schemas'>,
  signal: AbortSignal,
): Promise<TableSchemas> {
  const { tables, truncated } = await columns.read(
    { ...request, limit: SCHEMA_TABLES_MAX },
    signal,
  );
  const docs = await findTableDocs(
    db,
    tables.map(({ table }) => table),
  );
  const shown = tables.map(({ table, columns: fields }) => {
    const named = fields.map(({ name, type }) => ({ name, type: sqlType(type) }));
    return { ...table, columns: describeColumns(named, docs.get(formatRef(table))) };
  });
  return { tables: shown, truncated };
}

/** The type as a query shows it; in Iceberg's words for one that no query can read. */
function sqlType(type: Schema['fields'][number]['type']): string {
  try {
    return duckdbType(type);
  } catch (error) {
    if (error instanceof UnsupportedTypeError) return spellType(type);
    throw error;
  }
}
