import type { TablePage, TableSummary } from '@rat/contracts';

/** A table with `rows` and `bytes` also by the names that other clients read. */
export function withOtherNames<T extends TableSummary>(
  table: T,
): T & Pick<TablePage['tables'][number], 'row_count' | 'size_bytes'> {
  return { ...table, row_count: table.rows, size_bytes: table.bytes };
}
