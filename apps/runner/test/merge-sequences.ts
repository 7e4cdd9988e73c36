import type { PipelineConfig } from '@rat/contracts';
import { quoteText, STRATEGIES, type MergeStrategy } from '@rat/domain';
import fc from 'fast-check';
import type { ModelRow } from './merge-model.ts';

/** The columns that a run's query may have, with their types from the narrowest to the widest. */
const TYPES = {
  k1: ['INTEGER', 'BIGINT', 'BIGINT'],
  k2: ['VARCHAR'],
  d: ['DECIMAL(9,2)', 'DECIMAL(12,2)', 'DECIMAL(20,2)'],
  t: ['VARCHAR'],
  extra: ['BIGINT'],
} as const satisfies Record<string, readonly string[]>;
type Column = keyof typeof TYPES;

/** The widest form of a query's value, which a narrower type does not hold. */
const WIDE_VALUES: Readonly<Record<string, string>> = {
  '300': '3000000000',
  '9999999.99': '999999999999999999.99',
};

const row = fc.record({
  k1: fc.constantFrom(null, '-1', '2', '300'),
  k2: fc.constantFrom(null, '', 'a', 'ü', '日本', '😀', "it's long enough to be cut"),
  d: fc.constantFrom(null, '-0.05', '0.00', '9999999.99'),
  t: fc.constantFrom(null, 'x', '\n"', '😀'),
  extra: fc.constantFrom(null, '1', '9007199254740993'),
});

/** One of two runs is narrow, so that wider and narrower runs follow each other in both orders. */
const width = fc.constantFrom(0, 0, 1, 2);

/**
 * More than half of the runs write files without partitions, so that a table has files of several
 * specs.
 */
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
  widths: fc.record({ k1: width, d: width }),
  ordered: fc.boolean(),
  again: fc.integer({ min: 0, max: 3 }),
  partitions,
});

/** Up to three runs of one table, for a given strategy. */
export const mergeSequences = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 3 }),
  keys: fc.constantFrom<string[]>(['k1'], ['k2'], ['k1', 'k2']),
  onEmpty: fc.constantFrom<'keep' | 'replace'>('keep', 'replace'),
  onMissing: fc.constantFrom<'keep' | 'close'>('keep', 'close'),
});

type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;
export type MergeSequence = typeof mergeSequences extends fc.Arbitrary<infer T> ? T : never;

/** The types of a batch's columns. */
export function typesOf({ columns, widths }: Batch): Record<string, string> {
  const widthOf: Partial<Record<Column, number>> = widths;
  return Object.fromEntries(
    columns.map((column) => [column, TYPES[column][widthOf[column] ?? 0] ?? TYPES[column][0]]),
  );
}

/** The rows of a batch, in its columns. */
export function rowsOf({ rows, columns, widths }: Batch): ModelRow[] {
  const widthOf: Partial<Record<Column, number>> = widths;
  return rows.map((values) =>
    Object.fromEntries(
      columns.map((column) => {
        const value = values[column];
        const wide = widthOf[column] === 2 && value !== null ? WIDE_VALUES[value] : undefined;
        return [column, wide ?? value];
      }),
    ),
  );
}

/** A query with these rows in this order: as written, or by sorting the reverse order. */
export function querySql(drawn: Batch): string {
  const { columns, ordered } = drawn;
  const types = typesOf(drawn);
  const list = rowsOf(drawn).map((values, i) => {
    const cells = columns.map((column) => {
      const value = values[column] ?? null;
      return `CAST(${value === null ? 'NULL' : quoteText(value)} AS ${types[column]})`;
    });
    return `(${[i, ...cells].join(', ')})`;
  });
  const names = ['pos', ...columns].join(', ');
  if (list.length === 0) {
    const typed = columns.map((column) => `CAST(NULL AS ${types[column]}) AS ${column}`);
    return `SELECT ${typed.join(', ')} WHERE false`;
  }
  const values = ordered ? list.toReversed() : list;
  const order = ordered ? ' ORDER BY pos' : '';
  return `SELECT ${columns.join(', ')} FROM (VALUES ${values.join(', ')}) v(${names})${order}`;
}

/** The configuration of a sequence's runs, except their partitions: all that the strategy uses. */
export function configOf(strategy: MergeStrategy, plan: MergeSequence): PipelineConfig {
  const { needs, takes } = STRATEGIES[strategy];
  const settings: PipelineConfig = {
    // Both spellings of a key of several columns.
    unique_key: strategy === 'scd2' ? plan.keys.join(', ') : plan.keys,
    partition_column: plan.keys[0] ?? 'k1',
    on_empty: plan.onEmpty,
    on_missing: plan.onMissing,
  };
  const used = [...needs, ...takes].flatMap((key) =>
    settings[key] === undefined ? [] : [[key, settings[key]] as const],
  );
  return { merge_strategy: strategy, ...Object.fromEntries(used) };
}
