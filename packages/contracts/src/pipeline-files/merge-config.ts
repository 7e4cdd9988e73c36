import { partitionBy, type PartitionBy } from './partition-by.ts';
import type { MergeStrategy, PipelineConfig } from './pipeline-files.ts';

/** The merge settings of a pipeline, with the defaults filled in. */
export interface MergeConfig {
  strategy: MergeStrategy;
  /** The columns that make a row the same row; none for a strategy that compares no rows. */
  keys: readonly string[];
  onEmpty: 'replace' | 'keep';
  onMissing: 'keep' | 'close';
  validFrom: string;
  validTo: string;
  watermarkColumn?: string;
  onSchemaChange: 'evolve' | 'fail' | 'ignore';
  /** None for a table that is not partitioned. */
  partitionBy: readonly PartitionBy[];
}

type MergeKey = keyof typeof USED_BY;

/** Which strategies use a key; the others must not be given it, since it would silently mean nothing. */
const USED_BY = {
  unique_key: ['incremental', 'delete_insert', 'scd2'],
  partition_column: ['snapshot'],
  on_empty: ['full_refresh'],
  on_missing: ['scd2'],
  scd_valid_from: ['scd2'],
  scd_valid_to: ['scd2'],
} as const satisfies Partial<Record<keyof PipelineConfig, readonly MergeStrategy[]>>;

/** The keys that their strategies cannot do without. */
const REQUIRED: ReadonlySet<MergeKey> = new Set<MergeKey>(['unique_key', 'partition_column']);

/**
 * Mistakes that no key shows alone: one that the strategy lacks, one that it does not use, a column named twice.
 * Empty for a configuration that can run. A strategy never falls back to another one.
 */
export function mergeConfigIssues(config: PipelineConfig): { key: MergeKey; message: string }[] {
  const strategy = config.merge_strategy ?? 'full_refresh';
  const issues: { key: MergeKey; message: string }[] = [];
  for (const key of Object.keys(USED_BY) as MergeKey[]) {
    const users: readonly MergeStrategy[] = USED_BY[key];
    const isUsed = users.includes(strategy);
    const isGiven = config[key] !== undefined;
    if (isUsed && !isGiven && REQUIRED.has(key)) {
      issues.push({ key, message: `merge_strategy ${strategy} needs it` });
    }
    if (isGiven && !isUsed) {
      issues.push({ key, message: `merge_strategy ${strategy} does not use it` });
    }
  }
  const names = columnNames(config.unique_key).map((name) => name.toLowerCase());
  if (names.includes('')) {
    issues.push({ key: 'unique_key', message: 'names a column without a name' });
  }
  if (new Set(names).size < names.length) {
    issues.push({ key: 'unique_key', message: 'names a column twice' });
  }
  const { validFrom, validTo } = mergeConfig(config);
  const own = [validFrom, validTo, 'is_current'].map((name) => name.toLowerCase());
  if (strategy === 'scd2' && new Set(own).size < own.length) {
    issues.push({ key: 'scd_valid_to', message: 'the columns of a version need different names' });
  }
  if (strategy === 'scd2' && names.some((name) => own.includes(name))) {
    issues.push({ key: 'unique_key', message: 'names a column that scd2 makes itself' });
  }
  return issues;
}

/** The merge of a configuration without `mergeConfigIssues`. */
export function mergeConfig(config: PipelineConfig): MergeConfig {
  const { watermark_column: watermarkColumn, partition_column: partition } = config;
  return {
    strategy: config.merge_strategy ?? 'full_refresh',
    keys: partition === undefined ? columnNames(config.unique_key) : [partition],
    onEmpty: config.on_empty ?? 'replace',
    onMissing: config.on_missing ?? 'keep',
    validFrom: config.scd_valid_from ?? 'valid_from',
    validTo: config.scd_valid_to ?? 'valid_to',
    onSchemaChange: config.on_schema_change ?? 'evolve',
    partitionBy: partitionBy(config),
    ...(watermarkColumn === undefined ? {} : { watermarkColumn }),
  };
}

function columnNames(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  const names = typeof value === 'string' ? value.split(',') : value;
  return names.map((name) => name.trim());
}
