import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MERGE_STRATEGIES, type MergeStrategy, type PipelineConfig } from '@rat/contracts';
import { openSession, type Session } from '@rat/engine';
import { quoteText } from '@rat/lakehouse';
import fc from 'fast-check';
import { merge, text, type ModelRow, type ModelTable } from '../../test/merge-model.ts';
import { TableHarness } from '../../test/table-harness.ts';

const SEQUENCES = 200;

let root: string;
/** One for each of the sequences that go on at the same time. */
let readers: [Session, Session];
let sequences = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-oracle-'));
  await mkdir(join(root, 'temp'));
  const open = (): Promise<Session> =>
    openSession({
      inputs: { tables: {}, fileLists: {} },
      // Whatever lies in the folder may be read.
      stagingDir: root,
      tempDir: join(root, 'temp'),
      memoryLimitMb: 256,
      tempLimitMb: 64,
      threads: 1,
    });
  readers = [await open(), await open()];
});
afterAll(async () => {
  for (const reader of readers) reader.close();
  await rm(root, { recursive: true, force: true });
});

/** The columns that a run's query may have, and how their values are written. */
const TYPES = { k1: 'INTEGER', k2: 'VARCHAR', d: 'DECIMAL(9,2)', t: 'VARCHAR', extra: 'BIGINT' };
type Column = keyof typeof TYPES;

const row = fc.record({
  k1: fc.constantFrom(null, '-1', '2', '300'),
  k2: fc.constantFrom(null, '', 'a', 'ü', '日本', '😀', "it's long enough to be cut"),
  d: fc.constantFrom(null, '-0.05', '0.00', '9999999.99'),
  t: fc.constantFrom(null, 'x', '\n"', '😀'),
  extra: fc.constantFrom(null, '1', '9007199254740993'),
});

/** More than half of the runs write files without partitions, so that a table has files of several specs. */
const partitions = fc.constantFrom<NonNullable<PipelineConfig['partition_by']>>(
  [],
  [],
  [],
  [],
  'k1',
  [{ column: 'k2', transform: 'truncate[1]' }],
  ['k2', { column: 'd', transform: 'truncate[100]' }],
);

const batch = fc.record({
  rows: fc.array(row, { maxLength: 6 }),
  columns: fc.constantFrom<Column[]>(
    ['k1', 'k2', 'd', 't'],
    ['k1', 'k2', 'd', 't'],
    ['k1', 'k2', 'd', 't', 'extra'],
    ['k2', 'k1', 'd'],
  ),
  ordered: fc.boolean(),
  again: fc.integer({ min: 0, max: 3 }),
  partitions,
});

const sequence = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 3 }),
  keys: fc.constantFrom<string[]>(['k1'], ['k2'], ['k1', 'k2']),
  onEmpty: fc.constantFrom<'keep' | 'replace'>('keep', 'replace'),
  onMissing: fc.constantFrom<'keep' | 'close'>('keep', 'close'),
});

type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;
type Sequence = typeof sequence extends fc.Arbitrary<infer T> ? T : never;

/** A query with these rows in this order: as they stand, or by sorting what stands the other way round. */
function querySql({ rows, columns, ordered }: Batch): string {
  const list = rows.map((values, i) => {
    const cells = columns.map((column) => {
      const value = values[column];
      return `CAST(${value === null ? 'NULL' : quoteText(value)} AS ${TYPES[column]})`;
    });
    return `(${[i, ...cells].join(', ')})`;
  });
  const names = ['pos', ...columns].join(', ');
  if (rows.length === 0) {
    const typed = columns.map((column) => `CAST(NULL AS ${TYPES[column]}) AS ${column}`);
    return `SELECT ${typed.join(', ')} WHERE false`;
  }
  const values = ordered ? list.toReversed() : list;
  const order = ordered ? ' ORDER BY pos' : '';
  return `SELECT ${columns.join(', ')} FROM (VALUES ${values.join(', ')}) v(${names})${order}`;
}

function configOf(strategy: MergeStrategy, plan: Sequence): PipelineConfig {
  switch (strategy) {
    case 'full_refresh':
      return { merge_strategy: strategy, on_empty: plan.onEmpty };
    case 'append_only':
      return { merge_strategy: strategy };
    case 'incremental':
    case 'delete_insert':
      return { merge_strategy: strategy, unique_key: plan.keys };
    case 'scd2':
      return {
        merge_strategy: strategy,
        unique_key: plan.keys.join(', '),
        on_missing: plan.onMissing,
      };
    case 'snapshot':
      return { merge_strategy: strategy, partition_column: plan.keys[0] ?? 'k1' };
  }
}

async function read(reader: Session, table: TableHarness): Promise<ModelTable> {
  const { sql, columns } = await table.scan();
  const rows = await reader.execute(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sql})`);
  const named = rows.map((values) =>
    Object.fromEntries(
      columns.map((column, i): [string, string | null] => [column, values[i] ?? null]),
    ),
  );
  return { columns, rows: named };
}

const sorted = ({ columns, rows }: ModelTable): string[] =>
  rows.map((one: ModelRow) => text(one, columns)).sort();

async function check(reader: Session, strategy: MergeStrategy, plan: Sequence): Promise<void> {
  const folder = join(root, `table_${++sequences}`);
  const table = new TableHarness(folder);
  const config = configOf(strategy, plan);
  const keys = strategy === 'snapshot' ? plan.keys.slice(0, 1) : plan.keys;
  let model: ModelTable = { columns: [], rows: [] };
  let previous: Batch | undefined;
  for (const [i, drawn] of plan.batches.entries()) {
    // One in four runs sees what the run before it saw.
    const current = drawn.again === 0 && previous !== undefined ? previous : drawn;
    previous = current;
    const published = await table.run({
      sql: querySql(current),
      config: { ...config, partition_by: current.partitions },
      startedAt: `2026-07-01T1${i}:00:00.000Z`,
    });
    const { columns } = current;
    const answer = merge(model, {
      ...plan,
      keys,
      strategy,
      startedAt: `2026-07-01 1${i}:00:00+00`,
      columns,
      batch: current.rows.map((values) =>
        Object.fromEntries(columns.map((column) => [column, values[column]])),
      ),
    });
    model = answer.table;
    const found = await read(reader, table);
    expect(found.columns).toEqual(model.columns);
    expect(sorted(found)).toEqual(sorted(model));
    expect({
      written: published.rows,
      deleted: published.rowsDeleted,
      total: published.rowsTotal,
    }).toEqual({ written: answer.written, deleted: answer.deleted, total: model.rows.length });
  }
  await rm(folder, { recursive: true, force: true });
}

test.each(MERGE_STRATEGIES)(
  '%s does what its definition says, whatever comes',
  async (strategy) => {
    await fc.assert(
      fc.asyncProperty(sequence, sequence, async (one, other) => {
        await Promise.all([check(readers[0], strategy, one), check(readers[1], strategy, other)]);
      }),
      { numRuns: SEQUENCES / 2 },
    );
  },
  300_000,
);
