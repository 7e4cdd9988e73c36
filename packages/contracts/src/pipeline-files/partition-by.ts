import type { PipelineConfig } from './pipeline-files.ts';

/** One level of a table's partitions. */
export interface PartitionBy {
  column: string;
  /** As Iceberg spells it. */
  transform: string;
}

/** A configuration's partitions, complete; none for a table that is not partitioned. */
export function partitionBy({ partition_by: value = [] }: PipelineConfig): PartitionBy[] {
  const levels = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
  return levels.map((level) =>
    typeof level === 'string'
      ? { column: level, transform: 'identity' }
      : { column: level.column, transform: level.transform ?? 'identity' },
  );
}

/**
 * Finds the mistakes that show without the table: a column without a name, and a column that is listed twice. Two
 * transforms of one column are refused too, because the coarser one adds nothing.
 */
export function partitionByIssues(
  config: PipelineConfig,
): { key: 'partition_by'; message: string }[] {
  const names = partitionBy(config).map(({ column }) => column.toLowerCase());
  const messages = [
    ...(names.includes('') ? ['names a column without a name'] : []),
    ...(new Set(names).size < names.length ? ['names a column twice'] : []),
  ];
  return messages.map((message) => ({ key: 'partition_by', message }));
}
