import {
  BATCH,
  CHANGES,
  EXISTING,
  FILE,
  ORDINAL,
  quoteIdentifier,
  STRATEGIES,
  type ChangePlan,
  type MergeInput,
  type MergeStrategy,
} from '@rat/domain';
import { ConfigError, type ChangeTarget, type Statement, type ChangeRequest } from '@rat/engine';
import type { LiveFile } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import type { WrittenFile } from '../session/parquet-copy.ts';
import type { Session } from '../session/session.ts';
import { duckdbType } from '../table-sql/column-types.ts';
import { fieldIdsClause } from '../table-sql/field-ids.ts';
import { partitionColumns } from '../table-sql/partition-columns.ts';
import { tableScanSql } from '../table-sql/table-scan-sql.ts';
import { candidateFilesSql } from './candidate-files.ts';
import type { MergeSchema } from './evolve-for-merge.ts';
import { keyRangeSql, rangedColumns, withinKeyRange } from './key-range.ts';
import { rewriteSql } from './rewrite-sql.ts';

const TOUCHED = '__rat_touched';

/** A change by a strategy that compares rows, with the schema and the plan of the strategy. */
export interface ComparingChange extends ChangeRequest {
  merged: MergeSchema;
  plan: (input: MergeInput) => ChangePlan;
}

/** What a comparing strategy wrote. */
export interface WrittenChange {
  written: WrittenFile[];
  /** URIs of the files that the written ones replace. */
  removed: string[];
  rows: number;
  resultRows: number;
  rowsDeleted: number;
}

/**
 * Applies a change by copy-on-write: writes the new rows, and rewrites exactly the files that hold
 * an affected row. The key ranges exclude most files of a large table without opening them. A
 * result that changes no row writes no file. `rowsDeleted` counts affected rows: removed,
 * overwritten or closed.
 */
export async function writeChange(
  session: Session,
  result: Statement,
  options: ComparingChange,
): Promise<WrittenChange> {
  const { merge, target, merged } = options;
  refuseDeletes(merge.strategy, target);
  const { schema, columns, keys, versionColumns, spec } = merged;
  const { keepsVersions } = STRATEGIES[merge.strategy];
  const own = keepsVersions ? Object.values(versionColumns) : [];
  const resultRows = await session.keepRows(result, {
    name: BATCH,
    ordinal: ORDINAL,
    columns: columns.map(({ name, type, batchName }) => {
      const castTo = duckdbType(type);
      return batchName === undefined || own.includes(name)
        ? { name, castTo }
        : { name, castTo, sourceName: batchName };
    }),
  });
  const input: MergeInput = {
    columns: columns.map(({ name }) => name),
    keys,
    versions: versionColumns,
    onMissing: merge.onMissing,
    runStartedAt: options.runStartedAt,
  };
  const plan = options.plan(input);

  const candidates = await findCandidates(session, options, plan);
  const existing = tableScanSql({ schema, files: candidates, fileColumn: FILE });
  const inRange = await keyRange(session, options, plan);
  await session.showView(EXISTING, `SELECT * FROM (${existing}) WHERE ${inRange}`);
  await session.execute(`CREATE OR REPLACE TEMP TABLE ${CHANGES} AS ${plan.changes}`);
  const [[rows = null] = []] = await session.execute(`SELECT count(*) FROM ${CHANGES}`);
  const { touched, rowsDeleted } = await findTouched(session, candidates, plan);

  let written: WrittenFile[] = [];
  if (Number(rows) > 0 || touched.length > 0) {
    await session.showView(TOUCHED, tableScanSql({ schema, files: touched }));
    written = await session.writeOwnParquet(rewriteSql(plan, input, TOUCHED), {
      targetFileMb: options.targetFileMb,
      columns: columns.map(({ name, type }) => ({
        name,
        castTo: duckdbType(type),
        sourceName: name,
      })),
      fieldIdsClause: fieldIdsClause(schema),
      partitions: partitionColumns(spec, schema),
    });
  }
  const removed = touched.map(({ path }) => path);
  return { written, removed, rows: Number(rows), resultRows, rowsDeleted };
}

/**
 * Throws ConfigError for a table with delete files: rewriting its data files would bring deleted
 * rows back.
 */
export function refuseDeletes(strategy: MergeStrategy, { deletes }: ChangeTarget): void {
  if (deletes.length === 0) return;
  throw new ConfigError(
    `merge_strategy ${strategy} cannot rewrite a table with delete files, which another engine wrote; compact it there, or run a full refresh`,
  );
}

/** Finds the files that may hold an affected row, by their key ranges. */
async function findCandidates(
  session: Session,
  { target, merged }: ComparingChange,
  { prunedBy }: ChangePlan,
): Promise<LiveFile[]> {
  const { files } = target;
  if (files.length === 0 || prunedBy.length === 0) return files;
  const paths = await session.execute(candidateFilesSql(files, merged.schema, prunedBy));
  const found = new Set(paths.map(([path]) => path));
  return files.filter(({ path }) => found.has(path));
}

/**
 * The condition that rows to compare lie within the range of the batch's keys. Most rows of a
 * candidate file lie outside of it.
 */
async function keyRange(
  session: Session,
  { merged: { schema } }: ComparingChange,
  { prunedBy }: ChangePlan,
): Promise<string> {
  const ranged = rangedColumns(schema, prunedBy);
  if (ranged.length === 0) return 'true';
  const [range = []] = await session.execute(keyRangeSql(ranged));
  return withinKeyRange(schema, ranged, range);
}

/** Finds the files that hold an affected row, and counts these rows. */
async function findTouched(
  session: Session,
  candidates: readonly LiveFile[],
  plan: ChangePlan,
): Promise<{ touched: LiveFile[]; rowsDeleted: number }> {
  if (candidates.length === 0) return { touched: [], rowsDeleted: 0 };
  const file = `e.${quoteIdentifier(FILE)}`;
  const counts = await session.execute(
    `SELECT ${file}, count(*) FROM ${EXISTING} e WHERE ${plan.affected} GROUP BY ${file}`,
  );
  const affected = new Map(counts.map(([path, count]) => [path, Number(count)]));
  return {
    touched: candidates.filter(({ path }) => affected.has(pathFromUri(path))),
    rowsDeleted: [...affected.values()].reduce((sum, count) => sum + count, 0),
  };
}
