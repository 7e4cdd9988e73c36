import type { MergeConfig } from '@rat/contracts';
import type { ResultColumn } from '@rat/engine-duckdb';
import {
  evolveSchema,
  IS_CURRENT,
  partitionSpec,
  replaceSchema,
  type EvolvedSchema,
  type PartitionSpec,
  type Schema,
} from '@rat/iceberg';
import type { MergeTarget } from './merge-target.ts';
import { configError } from './to-failure.ts';

/** A table's columns after a result was merged into it, and the columns that the strategy uses. */
export interface MergeSchema extends EvolvedSchema {
  /** Spelled as in the table. */
  keys: string[];
  /** The version columns, spelled as in the table. scd2 fills them, so the query must not. */
  versionColumns: { validFrom: string; validTo: string; isCurrent: string };
  /** The partition spec of the written files. */
  spec: PartitionSpec;
}

/**
 * Computes the schema after a result with these columns. Throws RunFailedError with `config_error`
 * when the configuration names a column that is missing or cannot be compared: a strategy must not
 * silently do something else.
 */
export function evolveForMerge(
  merge: MergeConfig,
  target: MergeTarget,
  batch: readonly ResultColumn[],
): MergeSchema {
  const isVersioned = merge.strategy === 'scd2';
  const own = [merge.validFrom, merge.validTo, IS_CURRENT];
  if (isVersioned) refuseVersionColumns(own, target, batch);
  if (COMPARING.includes(merge.strategy) || merge.partitionBy.length > 0) refuseOwnNames(batch);
  const columns = isVersioned ? [...batch, ...versionColumns(merge)] : batch;
  const evolved = nextSchema(merge, target, columns);
  const { schema } = evolved;
  if (merge.watermarkColumn !== undefined)
    columnOf(schema, merge.watermarkColumn, 'watermark_column');
  const spelled = (name: string): string => findColumn(schema, name)?.name ?? name;
  return {
    ...evolved,
    keys: merge.keys.map((key) => keyColumn(merge, schema, batch, key)),
    versionColumns: {
      validFrom: spelled(merge.validFrom),
      validTo: spelled(merge.validTo),
      isCurrent: spelled(IS_CURRENT),
    },
    spec: nextSpec(merge, target, { schema, columns }),
  };
}

function nextSchema(
  { onSchemaChange: policy }: MergeConfig,
  { schema: current, replaced, lastColumnId, specs }: MergeTarget,
  columns: readonly ResultColumn[],
): EvolvedSchema {
  if (replaced !== undefined) {
    return replaceSchema({ previous: replaced.schema, lastColumnId, specs, columns });
  }
  return evolveSchema({
    ...(current === undefined ? {} : { current }),
    lastColumnId,
    columns,
    policy,
  });
}

/** A partition column that the result lacks would put every row into the null partition. */
function nextSpec(
  { partitionBy }: MergeConfig,
  { specs, lastPartitionId }: MergeTarget,
  { schema, columns }: { schema: Schema; columns: readonly ResultColumn[] },
): PartitionSpec {
  for (const { column } of partitionBy) {
    if (columns.some(({ name }) => isSameName(name, column))) continue;
    throw configError(`partition_by: the result has no column ${column}`);
  }
  const table = { 'partition-specs': specs, 'last-partition-id': lastPartitionId };
  return partitionSpec(table, schema, partitionBy);
}

/** Strategies that add their own columns to the result's. */
const COMPARING: readonly MergeConfig['strategy'][] = [
  'incremental',
  'delete_insert',
  'scd2',
  'snapshot',
];

/** The prefix of the columns that a merge adds to the result's. */
const OWN_PREFIX = '__rat_';

function refuseOwnNames(batch: readonly ResultColumn[]): void {
  const found = batch.find(({ name }) => name.toLowerCase().startsWith(OWN_PREFIX));
  if (found === undefined) return;
  throw configError(
    `the result must not have a column ${found.name}: names that begin with ${OWN_PREFIX} are for columns of a merge`,
  );
}

function versionColumns({ validFrom, validTo }: MergeConfig): ResultColumn[] {
  const moment = { kind: 'primitive', name: 'TIMESTAMP WITH TIME ZONE' } as const;
  return [
    { name: validFrom, type: moment },
    { name: validTo, type: moment },
    { name: IS_CURRENT, type: { kind: 'primitive', name: 'BOOLEAN' } },
  ];
}

function refuseVersionColumns(
  own: readonly string[],
  { schema }: MergeTarget,
  batch: readonly ResultColumn[],
): void {
  for (const name of own) {
    if (batch.some((column) => isSameName(column.name, name))) {
      throw configError(`the result must not have a column ${name}: scd2 makes it`);
    }
    if (schema !== undefined && findColumn(schema, name) === undefined) {
      throw configError(
        `the table has no column ${name}, so it keeps no versions: scd2 needs a table that it made itself`,
      );
    }
  }
}

function keyColumn(
  { strategy }: MergeConfig,
  schema: Schema,
  batch: readonly ResultColumn[],
  key: string,
): string {
  const option = strategy === 'snapshot' ? 'partition_column' : 'unique_key';
  if (!batch.some((column) => isSameName(column.name, key))) {
    throw configError(`${option}: the result has no column ${key}`);
  }
  return columnOf(schema, key, option);
}

function columnOf(schema: Schema, name: string, option: string): string {
  const field = findColumn(schema, name);
  if (field === undefined) throw configError(`${option}: there is no column ${name}`);
  if (typeof field.type !== 'string') {
    throw configError(`${option}: column ${name} has parts, so it cannot be compared as one value`);
  }
  return field.name;
}

function findColumn(schema: Schema, name: string) {
  return schema.fields.find((field) => isSameName(field.name, name));
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
