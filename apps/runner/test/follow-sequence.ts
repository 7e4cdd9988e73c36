import { expect } from '@jest/globals';
import type { PipelineConfig } from '@rat/contracts';
import type { MergeStrategy } from '@rat/domain';
import type { Session } from '@rat/engine-duckdb/testing';
import { merge, text, type ModelTable } from './merge-model.ts';
import { configOf, querySql, rowsOf, typesOf, type MergeSequence } from './merge-sequences.ts';

/** A table that a test sends runs to, by any path. */
export interface FollowedTable {
  /** Publishes the `n`th run of the table, counted from 0; throws when it fails. */
  run: (
    pipeline: { sql: string; config: PipelineConfig },
    n: number,
  ) => Promise<{ written: number; deleted: number; total: number; startedAt: string }>;
  /** The current content of main. */
  read: () => Promise<ModelTable>;
}

/** Sends the runs of a sequence to a new table, and compares each result with the model. */
export async function followSequence(
  table: FollowedTable,
  strategy: MergeStrategy,
  plan: MergeSequence,
): Promise<void> {
  const config = configOf(strategy, plan);
  const keys = strategy === 'snapshot' ? plan.keys.slice(0, 1) : plan.keys;
  let model: ModelTable = { columns: [], types: {}, rows: [] };
  let previous: MergeSequence['batches'][number] | undefined;
  for (const [n, drawn] of plan.batches.entries()) {
    // One in four runs sees the result of the run before.
    const current = drawn.again === 0 && previous !== undefined ? previous : drawn;
    previous = current;
    const { startedAt, ...figures } = await table.run(
      { sql: querySql(current), config: { ...config, partition_by: current.partitions } },
      n,
    );
    const answer = merge(model, {
      ...plan,
      keys,
      strategy,
      startedAt: printed(startedAt),
      columns: current.columns,
      types: typesOf(current),
      batch: rowsOf(current),
    });
    model = answer.table;
    const found = await table.read();
    expect(found.columns).toEqual(model.columns);
    expect(found.types).toEqual(model.types);
    expect(sorted(found)).toEqual(sorted(model));
    const { written, deleted } = answer;
    expect(figures).toEqual({ written, deleted, total: model.rows.length });
  }
}

/** The rows and types that a scan of a table returns. */
export async function readScan(reader: Session, sql: string): Promise<ModelTable> {
  const described = await reader.execute(
    `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM (${sql}))`,
  );
  const columns = described.map(([name]) => name ?? '');
  const rows = await reader.execute(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sql})`);
  return {
    columns,
    types: Object.fromEntries(described.map(([name, type]) => [name ?? '', type ?? ''])),
    rows: rows.map((values) =>
      Object.fromEntries(
        columns.map((column, i): [string, string | null] => [column, values[i] ?? null]),
      ),
    ),
  };
}

const sorted = ({ columns, rows }: ModelTable): string[] =>
  rows.map((one) => text(one, columns)).sort();

/** A moment in ISO 8601 as DuckDB prints it: without trailing zeros of the fraction. */
function printed(iso: string): string {
  return iso.replace('T', ' ').replace(/\.?0*Z$/, '+00');
}
