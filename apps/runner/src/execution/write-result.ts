import { resolve } from 'node:path';
import { mergeConfig, type ExecuteCommand, type MergeConfig } from '@rat/contracts';
import { StatementError, type Session, type Statement } from '@rat/engine-duckdb';
import {
  dataFileFromStats,
  fieldIdsClause,
  partitionColumns,
  quoteIdentifier,
  type DataFile,
  type EvolvedSchema,
} from '@rat/iceberg';
import { checkColumns } from './check-columns.ts';
import { evolveForMerge, type MergeSchema } from './evolve-for-merge.ts';
import type { StagedResult } from '../executor-protocol/executor-outcome.ts';
import { mergeTarget, type MergeTarget } from './merge-target.ts';
import { writeChange, type WrittenChange } from './write-change.ts';

/**
 * Writes the rows of a pipeline's last statement as files of its table, by its merge strategy.
 * Checks that the rows fit the table before it writes the first one. Throws StatementError,
 * SchemaConflictError or UnsupportedTypeError for columns that the table cannot take, and
 * RunFailedError for a configuration that does not fit them.
 */
export async function writeResult(
  session: Session,
  result: Statement,
  command: ExecuteCommand,
): Promise<StagedResult> {
  const merge = mergeConfig(command.config);
  const target = mergeTarget(command);
  const columns = await session.describe(result);
  checkColumns(columns);
  const merged = evolveForMerge(merge, target, columns);
  const options = { command, merge, target, merged };
  const { written, ...change } = await write(session, result, options).catch((error: unknown) => {
    throw nameWideColumns(error, merged);
  });
  const { schema, lastColumnId, spec } = merged;
  const files = written.map((file) =>
    dataFileFromStats({ ...file, filename: resolve(file.filename) }, { schema, spec }),
  );
  return {
    files,
    ...change,
    ...replacement(target),
    schema,
    lastColumnId,
    spec,
    bytes: files.reduce((sum, file) => sum + file.fileSize, 0),
    columns: merged.columns.map(({ name, castTo }) => ({ name, type: castTo })),
  };
}

/**
 * The widest whole numbers of a table. DuckDB has wider ones, and its own message does not name the
 * column.
 */
const WIDEST = 'DECIMAL(38,0)';

function nameWideColumns(error: unknown, { columns }: MergeSchema): unknown {
  if (!(error instanceof StatementError)) return error;
  const [reason = '', ...excerpt] = error.failure.message.split('\n\n');
  if (!reason.includes('Could not cast value') || !reason.includes(WIDEST)) return error;
  const wide = columns.filter(({ castTo }) => castTo.includes(WIDEST));
  const casts = wide.map(({ name }) => `CAST(${quoteIdentifier(name)} AS VARCHAR)`);
  const names = wide.map(({ name }) => name).join(', ');
  const message = `column ${names}: a table holds whole numbers of at most 38 digits; write ${casts.join(', ')}. ${reason}`;
  const failure = { ...error.failure, message: [message, ...excerpt].join('\n\n') };
  return new StatementError(failure, { cause: error });
}

/**
 * The removal of a full refresh. The run was built without a target, so its own figures do not
 * count the replaced rows.
 */
function replacement({ replaced }: MergeTarget): Partial<Pick<Change, 'removed' | 'rowsDeleted'>> {
  return replaced === undefined ? {} : { removed: 'all', rowsDeleted: rowsOf(replaced.files) };
}

interface WriteOptions {
  command: ExecuteCommand;
  merge: MergeConfig;
  target: MergeTarget;
  merged: MergeSchema;
}

type Change = Omit<WrittenChange, 'removed'> & Pick<StagedResult, 'removed'>;

async function write(session: Session, result: Statement, options: WriteOptions): Promise<Change> {
  const { command, merge, target, merged } = options;
  switch (merge.strategy) {
    case 'full_refresh': {
      const added = await writeAll(session, result, options);
      // Kept rows have the old schema, so a run that replaces the table keeps none.
      const mayKeep = merge.onEmpty === 'keep' && target.replaced === undefined;
      const keeps = added.rows === 0 && mayKeep;
      if (keeps) return { ...added, removed: [], rowsDeleted: 0 };
      return { ...added, removed: 'all', rowsDeleted: rowsOf(target.files) };
    }
    case 'append_only':
      return { ...(await writeAll(session, result, options)), removed: [], rowsDeleted: 0 };
    case 'incremental':
    case 'delete_insert':
    case 'scd2':
    case 'snapshot': {
      const { strategy, onMissing } = merge;
      const { runStartedAt, targetFileMb } = command;
      const change = { strategy, onMissing, target, merged, runStartedAt, targetFileMb };
      return writeChange(session, result, change);
    }
  }
}

/** Writes the result straight from DuckDB, for strategies that compare nothing. */
async function writeAll(session: Session, result: Statement, { command, merged }: WriteOptions) {
  const written = await session.writeParquet(result, {
    targetFileMb: command.targetFileMb,
    columns: merged.columns.map(layoutOf),
    fieldIdsClause: fieldIdsClause(merged.schema),
    partitions: partitionColumns(merged.spec, merged.schema),
  });
  return { written, rows: written.reduce((sum, { count }) => sum + Number(count), 0) };
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.recordCount, 0);
}

function layoutOf({ name, castTo, batchName }: EvolvedSchema['columns'][number]) {
  return batchName === undefined ? { name, castTo } : { name, castTo, sourceName: batchName };
}
