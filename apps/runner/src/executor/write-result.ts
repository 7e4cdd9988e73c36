import { resolve } from 'node:path';
import type { ExecuteCommand } from '@rat/contracts';
import type { Session, Statement } from '@rat/engine';
import {
  dataFileFromStats,
  evolveSchema,
  fieldIdsClause,
  UNPARTITIONED,
  type DataFile,
  type EvolvedSchema,
  type Schema,
} from '@rat/lakehouse';
import type { StagedResult } from './executor-outcome.ts';

/**
 * Writes the rows of a pipeline's last statement as files of its table. Whether they fit the table is known before the
 * first row is written. Throws StatementError, and SchemaConflictError or UnsupportedTypeError for columns that the
 * table cannot take.
 */
export async function writeResult(
  session: Session,
  result: Statement,
  command: ExecuteCommand,
): Promise<StagedResult> {
  const evolved = evolveSchema({
    ...targetOf(command),
    columns: await session.describe(result),
    policy: 'evolve',
  });
  const { schema, lastColumnId } = evolved;
  const written = await session.writeParquet(result, {
    targetFileMb: command.targetFileMb,
    columns: evolved.columns.map(layoutOf),
    fieldIdsClause: fieldIdsClause(schema),
  });
  const files = written.map((file) =>
    dataFileFromStats(
      { ...file, filename: resolve(file.filename) },
      { schema, spec: UNPARTITIONED },
    ),
  );
  const sum = (pick: (file: DataFile) => number): number =>
    files.reduce((all, file) => all + pick(file), 0);
  return {
    files,
    schema,
    lastColumnId,
    rows: sum((file) => file.recordCount),
    bytes: sum((file) => file.fileSize),
    columns: evolved.columns.map(({ name, castTo }) => ({ name, type: castTo })),
  };
}

function targetOf({ target }: ExecuteCommand): { current?: Schema; lastColumnId: number } {
  if (target === undefined) return { lastColumnId: 0 };
  // The runner read it with lakehouse's own parser.
  return { current: target.schema as Schema, lastColumnId: target.lastColumnId };
}

function layoutOf({ name, castTo, batchName }: EvolvedSchema['columns'][number]) {
  return batchName === undefined ? { name, castTo } : { name, castTo, sourceName: batchName };
}
