import { resolve } from 'node:path';
import { quoteIdentifier, STRATEGIES } from '@rat/domain';
import {
  StatementError,
  type ChangeTarget,
  type StagedFiles,
  type Statement,
  type ChangeRequest,
} from '@rat/engine';
import type { DataFile } from '@rat/iceberg';
import type { Session } from '../session/session.ts';
import { duckdbType } from '../table-sql/column-types.ts';
import { dataFileFromStats } from '../table-sql/data-file-from-stats.ts';
import { fieldIdsClause } from '../table-sql/field-ids.ts';
import { partitionColumns } from '../table-sql/partition-columns.ts';
import { checkColumns } from './check-columns.ts';
import { evolveForMerge, type MergeSchema } from './evolve-for-merge.ts';
import { writeChange, type WrittenChange } from './write-change.ts';

/**
 * Writes the rows of a pipeline's last statement as files of its table, by its merge strategy.
 * Checks that the columns fit the table before it writes the first row.
 *
 * - Throws StatementError, SchemaConflictError or UnsupportedTypeError for columns that the table
 *   cannot take.
 * - Throws ConfigError for a configuration that does not fit the columns or the table.
 */
export async function stageResult(
  session: Session,
  result: Statement,
  change: ChangeRequest,
): Promise<StagedFiles> {
  const { merge, target } = change;
  const batch = await session.describe(result);
  checkColumns(batch);
  const merged = evolveForMerge(merge, target, batch);
  const { written, ...effect } = await write(session, result, { ...change, merged }).catch(
    (error: unknown) => {
      throw nameWideColumns(error, merged);
    },
  );
  const { schema, lastColumnId, spec } = merged;
  const files = written.map((file) =>
    dataFileFromStats({ ...file, filename: resolve(file.filename) }, { schema, spec }),
  );
  return {
    form: 'files',
    files,
    ...effect,
    ...replacement(target),
    schema,
    lastColumnId,
    spec,
    bytes: files.reduce((sum, file) => sum + file.fileSize, 0),
    columns: merged.columns.map(({ name, type }) => ({ name, type: duckdbType(type) })),
  };
}

/**
 * The type of the widest integers of a table. DuckDB has wider integers, and its message about them
 * does not name the column.
 */
const WIDEST = 'DECIMAL(38,0)';

function nameWideColumns(error: unknown, { columns }: MergeSchema): unknown {
  if (!(error instanceof StatementError)) return error;
  const [reason = '', ...excerpt] = error.failure.message.split('\n\n');
  if (!reason.includes('Could not cast value') || !reason.includes(WIDEST)) return error;
  const wide = columns.filter(({ type }) => duckdbType(type).includes(WIDEST));
  const casts = wide.map(({ name }) => `CAST(${quoteIdentifier(name)} AS VARCHAR)`);
  const names = wide.map(({ name }) => name).join(', ');
  const message = `column ${names}: a table holds whole numbers of at most 38 digits; write ${casts.join(', ')}. ${reason}`;
  const failure = { ...error.failure, message: [message, ...excerpt].join('\n\n') };
  return new StatementError(failure, { cause: error });
}

/**
 * What a run removes that replaces the whole table. The target of such a run has no files, so
 * `write` cannot count the replaced rows.
 */
function replacement({ replaced }: ChangeTarget): Partial<Pick<Effect, 'removed' | 'rowsDeleted'>> {
  return replaced === undefined ? {} : { removed: 'all', rowsDeleted: rowsOf(replaced.files) };
}

interface MergedChange extends ChangeRequest {
  merged: MergeSchema;
}

type Effect = Omit<WrittenChange, 'removed'> & Pick<StagedFiles, 'removed'>;

async function write(session: Session, result: Statement, change: MergedChange): Promise<Effect> {
  const { merge, target } = change;
  const how = STRATEGIES[merge.strategy].write;
  switch (how.kind) {
    case 'replace': {
      const added = await writeAll(session, result, change);
      // A run that replaces the whole table keeps no rows, because kept rows have the old schema.
      const mayKeep = merge.onEmpty === 'keep' && target.replaced === undefined;
      const keeps = added.rows === 0 && mayKeep;
      if (keeps) return { ...added, removed: [], rowsDeleted: 0 };
      return { ...added, removed: 'all', rowsDeleted: rowsOf(target.files) };
    }
    case 'append':
      return { ...(await writeAll(session, result, change)), removed: [], rowsDeleted: 0 };
    case 'compare':
      return writeChange(session, result, { ...change, plan: how.plan });
  }
}

/** Writes the result straight from DuckDB, for strategies that compare nothing. */
async function writeAll(
  session: Session,
  result: Statement,
  { targetFileMb, merged }: MergedChange,
) {
  const written = await session.writeParquet(result, {
    targetFileMb,
    columns: merged.columns.map(layoutOf),
    fieldIdsClause: fieldIdsClause(merged.schema),
    partitions: partitionColumns(merged.spec, merged.schema),
  });
  const rows = written.reduce((sum, { count }) => sum + Number(count), 0);
  return { written, rows, resultRows: rows };
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.recordCount, 0);
}

function layoutOf({ name, type, batchName }: MergeSchema['columns'][number]) {
  const castTo = duckdbType(type);
  return batchName === undefined ? { name, castTo } : { name, castTo, sourceName: batchName };
}
