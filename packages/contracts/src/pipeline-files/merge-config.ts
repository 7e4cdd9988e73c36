import {
  IS_CURRENT,
  MERGE_SETTINGS,
  STRATEGIES,
  type MergeSetting,
  type MergeStrategy,
} from '@rat/domain';
import { partitionBy, type PartitionBy } from './partition-by.ts';
import type { PipelineConfig } from './pipeline-files.ts';

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

/**
 * Mistakes that no key shows alone: one that the strategy lacks, one that it does not use, a column named twice.
 * Empty for a configuration that can run. A strategy never falls back to another one.
 */
export function mergeConfigIssues(
  config: PipelineConfig,
): { key: MergeSetting; message: string }[] {
  const strategy = config.merge_strategy ?? 'full_refresh';
  const { needs, takes, keepsVersions } = STRATEGIES[strategy];
  const issues: { key: MergeSetting; message: string }[] = [];
  for (const key of MERGE_SETTINGS) {
    const isGiven = config[key] !== undefined;
    if (needs.includes(key)) {
      if (!isGiven) issues.push({ key, message: `merge_strategy ${strategy} needs it` });
    } else if (isGiven && !takes.includes(key)) {
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
  const own = [validFrom, validTo, IS_CURRENT].map((name) => name.toLowerCase());
  if (keepsVersions && new Set(own).size < own.length) {
    issues.push({ key: 'scd_valid_to', message: 'the columns of a version need different names' });
  }
  if (keepsVersions && names.some((name) => own.includes(name))) {
    issues.push({ key: 'unique_key', message: `names a column that ${strategy} makes itself` });
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
