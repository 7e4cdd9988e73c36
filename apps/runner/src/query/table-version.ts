import { json } from 'node:stream/consumers';
import type { queryTablesMessage } from '@rat/contracts';
import { formatRef, NotFoundError, type NamespaceSet, type PipelineRef } from '@rat/domain';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import {
  findRefSnapshot,
  findSnapshot,
  readTableState,
  type LiveFile,
  type Schema,
  type TableMetadata,
} from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import { findTables } from '@rat/store';
import type { z } from 'zod';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import type { QueryResult } from './query-runner.ts';

type ShownTable = z.infer<typeof queryTablesMessage>['tables'][number];

/** The metadata of a table now; `mayRead` limits the reader to namespaces. Throws NotFoundError, and UnprocessableError for one that cannot be read. */
export async function openMetadata(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
  mayRead?: NamespaceSet,
): Promise<TableMetadata> {
  const name = formatRef(table);
  const location = (await findTables(deps.db, [table], mayRead)).get(name);
  if (location === undefined) throw new NotFoundError(`table ${name} does not exist`);
  const state = await withTableName(table, () => readTableState(deps.tables, location));
  return state.metadata;
}

/** A snapshot of the table by its id in decimal, or by the name of a branch or a tag. Throws NotFoundError. */
export function findVersion(metadata: TableMetadata, table: PipelineRef, version: string): bigint {
  const snapshot = /^\d{1,19}$/.test(version)
    ? findSnapshot(metadata, BigInt(version))
    : findRefSnapshot(metadata, version);
  if (snapshot !== undefined) return snapshot['snapshot-id'];
  throw new NotFoundError(
    `table ${formatRef(table)} has no snapshot, branch or tag ${version}; GET of the table lists those that are kept`,
  );
}

/** The SELECT that reads these files of a table, and their paths. */
export function scanOf(
  schema: Schema,
  files: readonly LiveFile[],
): Pick<ShownTable, 'sql' | 'files'> {
  const data = files.filter((file) => file.content === 'data');
  const deletes = files.filter((file) => file.content !== 'data');
  const sql = tableScanSql({ schema, files: data, deletes });
  return { sql, files: files.map((file) => pathFromUri(file.path)) };
}

/**
 * The address in a query of a view that the runner shows under a name of its own. Only statements of
 * ours read it, so it cannot be taken for a table.
 */
export function viewOf(name: string): {
  ref: Pick<ShownTable, 'namespace' | 'layer' | 'name'>;
  sql: string;
} {
  return { ref: { namespace: 'default', layer: 'bronze', name }, sql: `"default".bronze.${name}` };
}

/** All rows of an answer; closes it. Only for a query that answers few rows. */
export async function takeRows({ rows }: QueryResult): Promise<unknown[][]> {
  try {
    return (await json(rows.read())) as unknown[][];
  } finally {
    await rows.close();
  }
}
