import type { MergeConfig } from '@rat/contracts';
import { comparesRows, IS_CURRENT, STRATEGIES, type VersionColumns } from '@rat/domain';
import { ConfigError, type ChangeTarget } from '@rat/engine';
import {
  evolveSchema,
  partitionSpec,
  replaceSchema,
  type BatchColumn,
  type EvolvedSchema,
  type PartitionSpec,
  type Schema,
} from '@rat/iceberg';
import type { ResultColumn } from '../session/describe-select.ts';
import { duckdbType, storedColumn } from '../table-sql/column-types.ts';

/** The columns that a table has after a merge, and those of them that the strategy uses. */
export interface MergeSchema extends EvolvedSchema {
  /** The key columns, spelled as in the table. */
  keys: string[];
  /** The version columns, spelled as in the table. The strategy fills them, so the query must not. */
  versionColumns: VersionColumns;
  /** The partition spec of the written files. */
  spec: PartitionSpec;
}

/**
 * Computes the table's schema after the merge of a result with these columns. Throws ConfigError
 * when the configuration names a column that is missing or cannot be compared, or when the result
 * has a column that the merge itself adds.
 */
export function evolveForMerge(
  merge: MergeConfig,
  target: ChangeTarget,
  batch: readonly ResultColumn[],
): MergeSchema {
  const { keepsVersions } = STRATEGIES[merge.strategy];
  if (keepsVersions) refuseVersionColumns(merge, target, batch);
  if (comparesRows(merge.strategy) || merge.partitionBy.length > 0) refuseOwnNames(batch);
  const stored = batch.map(storedColumn);
  const columns = keepsVersions ? [...stored, ...versionColumns(merge)] : stored;
  const evolved = nextSchema(merge, target, columns);
  const { schema } = evolved;
  // The table may have such a column from another strategy, or from another engine.
  if (comparesRows(merge.strategy)) refuseOwnNames(schema.fields, 'the table');
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
  { schema: current, replaced, lastColumnId, specs }: ChangeTarget,
  columns: readonly BatchColumn[],
): EvolvedSchema {
  if (replaced !== undefined) {
    const { schema: previous } = replaced;
    return replaceSchema({ previous, lastColumnId, specs, columns, typeName: duckdbType });
  }
  return evolveSchema({
    ...(current === undefined ? {} : { current }),
    lastColumnId,
    columns,
    policy,
    typeName: duckdbType,
  });
}

/**
 * The partition spec of the new files. Throws ConfigError when the result lacks a partition column:
 * all its rows would be in the null partition.
 */
function nextSpec(
  { partitionBy }: MergeConfig,
  { specs, lastPartitionId }: ChangeTarget,
  { schema, columns }: { schema: Schema; columns: readonly BatchColumn[] },
): PartitionSpec {
  for (const { column } of partitionBy) {
    if (columns.some(({ name }) => isSameName(name, column))) continue;
    throw new ConfigError(`partition_by: the result has no column ${column}`);
  }
  const table = { 'partition-specs': specs, 'last-partition-id': lastPartitionId };
  return partitionSpec(table, schema, partitionBy, duckdbType);
}

/** The prefix of the names of columns that a merge adds to the batch. */
const OWN_PREFIX = '__rat_';

function refuseOwnNames(columns: readonly { name: string }[], what = 'the result'): void {
  const found = columns.find(({ name }) => name.toLowerCase().startsWith(OWN_PREFIX));
  if (found === undefined) return;
  throw new ConfigError(
    `${what} must not have a column ${found.name}: names that begin with ${OWN_PREFIX} are reserved for merges`,
  );
}

function versionColumns({ validFrom, validTo }: MergeConfig): BatchColumn[] {
  return [
    { name: validFrom, type: 'timestamptz' },
    { name: validTo, type: 'timestamptz' },
    { name: IS_CURRENT, type: 'boolean' },
  ];
}

function refuseVersionColumns(
  { strategy, validFrom, validTo }: MergeConfig,
  { schema }: ChangeTarget,
  batch: readonly ResultColumn[],
): void {
  for (const name of [validFrom, validTo, IS_CURRENT]) {
    if (batch.some((column) => isSameName(column.name, name))) {
      throw new ConfigError(`the result must not have a column ${name}: ${strategy} adds it`);
    }
    if (schema !== undefined && findColumn(schema, name) === undefined) {
      throw new ConfigError(
        `the table has no column ${name}, so it keeps no versions: ${strategy} needs a table that ${strategy} created`,
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
  const [option = 'unique_key'] = STRATEGIES[strategy].needs;
  if (!batch.some((column) => isSameName(column.name, key))) {
    throw new ConfigError(`${option}: the result has no column ${key}`);
  }
  return columnOf(schema, key, option);
}

function columnOf(schema: Schema, name: string, option: string): string {
  const field = findColumn(schema, name);
  if (field === undefined) throw new ConfigError(`${option}: there is no column ${name}`);
  if (typeof field.type !== 'string') {
    throw new ConfigError(
      `${option}: column ${name} has parts, so it cannot be compared as one value`,
    );
  }
  return field.name;
}

function findColumn(schema: Schema, name: string) {
  return schema.fields.find((field) => isSameName(field.name, name));
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
