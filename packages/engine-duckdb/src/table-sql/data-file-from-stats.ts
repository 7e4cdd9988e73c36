import {
  lowerBound,
  upperBound,
  type ByFieldId,
  type DataFile,
  TableFormatError,
  partitionTypes,
  type PartitionValue,
  walkFields,
  type PartitionSpec,
  type Schema,
} from '@rat/iceberg';
import { quoteIdentifier } from '@rat/domain';
import { fileUri } from '@rat/storage';

/** One row of the result of DuckDB's COPY with RETURN_STATS, every value as text. */
export interface CopyStats {
  /** Absolute, without a scheme. */
  filename: string;
  count: string;
  fileSizeBytes: string;
  /** By quoted and dotted path (`"st"."a"`), then by statistic. */
  columnStatistics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * By the COPY's name of the partition column, see `partitionColumnName`; absent without
   * partitions.
   */
  partitionKeys?: Readonly<Record<string, string | null>>;
}

/**
 * The number of columns with bounds, apart from partition columns: the manifest entries of a very
 * wide table would otherwise become huge.
 */
const MAX_COLUMNS_WITH_METRICS = 100;

/**
 * The name of a partition's value in the COPY. It differs from all columns of the table, so DuckDB
 * omits it from the file and writes every column.
 */
export function partitionColumnName(fieldId: number): string {
  return `__rat_partition_${fieldId}`;
}

/** Describes a file that DuckDB has just written. */
export function dataFileFromStats(
  stats: CopyStats,
  { schema, spec }: { schema: Schema; spec: PartitionSpec },
): DataFile {
  const columnSizes: ByFieldId<number> = {};
  const valueCounts: ByFieldId<number> = {};
  const nullCounts: ByFieldId<number> = {};
  const nanCounts: ByFieldId<number> = {};
  const lowerBounds: ByFieldId<string> = {};
  const upperBounds: ByFieldId<string> = {};
  for (const { id, path, type } of walkFields(schema)) {
    const column = stats.columnStatistics[path.map(quoteIdentifier).join('.')];
    if (column === undefined || typeof type !== 'string') continue;
    put(columnSizes, id, integer(column['column_size_bytes']));
  }
  const sources = new Set(spec.fields.map((field) => field['source-id']));
  for (const [i, { id, name, type }] of schema.fields.entries()) {
    if (i >= MAX_COLUMNS_WITH_METRICS && !sources.has(id)) continue;
    // For values inside lists and maps, DuckDB's counts differ from those that Iceberg readers
    // expect. The bounds of a struct's member do not hold for NULL structs.
    const column = stats.columnStatistics[quoteIdentifier(name)];
    if (column === undefined || typeof type !== 'string') continue;
    put(valueCounts, id, integer(column['num_values']));
    put(nullCounts, id, integer(column['null_count']));
    // DuckDB reports a flag and no count, so only the absence of NaN can be recorded.
    if (column['has_nan'] === 'false') nanCounts[id] = 0;
    if (column['has_nan'] === 'true') continue;
    put(
      lowerBounds,
      id,
      base64(column['min'], (text) => lowerBound(type, text)),
    );
    put(
      upperBounds,
      id,
      base64(column['max'], (text) => upperBound(type, text)),
    );
  }
  return {
    content: 'data',
    path: fileUri(stats.filename),
    format: 'PARQUET',
    partition: partitionOf(stats, schema, spec),
    specId: spec['spec-id'],
    recordCount: required(stats.count),
    fileSize: required(stats.fileSizeBytes),
    columnSizes,
    valueCounts,
    nullCounts,
    nanCounts,
    lowerBounds,
    upperBounds,
  };
}

function partitionOf(
  stats: CopyStats,
  schema: Schema,
  spec: PartitionSpec,
): ByFieldId<PartitionValue> {
  const partition: ByFieldId<PartitionValue> = {};
  for (const { field, type } of partitionTypes(spec, [schema])) {
    const value = stats.partitionKeys?.[partitionColumnName(field['field-id'])];
    if (value === undefined) {
      throw new TableFormatError(`the file was written without its partition ${field.name}`);
    }
    const isBinary = type === 'binary' || type.startsWith('fixed');
    partition[field['field-id']] = value !== null && isBinary ? hexFromBlobText(value) : value;
  }
  return partition;
}

function base64(
  text: string | undefined,
  encode: (text: string) => Uint8Array | undefined,
): string | undefined {
  const bytes = text === undefined ? undefined : encode(text);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('base64');
}

function integer(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

function required(text: string): number {
  const value = integer(text);
  if (value === undefined) throw new TypeError('a written file has no usable size');
  return value;
}

function put<T>(map: ByFieldId<T>, id: number, value: T | undefined): void {
  if (value !== undefined) map[id] = value;
}

/** Converts DuckDB's printed form of a BLOB (`\x00ab`) to hexadecimal digits. */
function hexFromBlobText(text: string): string {
  const hex = text.replace(/\\x([0-9A-Fa-f]{2})|([^])/g, (_all, escaped?: string, plain?: string) =>
    (escaped ?? Buffer.from(plain ?? '', 'latin1').toString('hex')).toUpperCase(),
  );
  return hex;
}
