import { quotedIdentifier, quotedString, type DuckDBConnection, type Json } from '@duckdb/node-api';

/** A column of the written files. */
export interface WrittenColumn {
  name: string;
  /** The result's column; without it, every row is NULL here. */
  sourceName?: string;
  /** A DuckDB type name. */
  castTo: string;
}

/** The columns and the layout of the written files. */
export interface ParquetLayout {
  targetFileMb: number;
  /** At least one; in the order of the files. */
  columns: readonly WrittenColumn[];
  /** DuckDB's FIELD_IDS for these columns. */
  fieldIdsClause: string;
  /**
   * Expressions over these columns. Rows with equal values share files. The names do not appear in
   * the files' paths.
   */
  partitions?: readonly { name: string; expression: string }[];
}

/** DuckDB's report of one written file; every value as text. */
export interface WrittenFile {
  /** Absolute. */
  filename: string;
  count: string;
  fileSizeBytes: string;
  /** By the column's quoted and dotted path (`"st"."a"`), then by statistic. */
  columnStatistics: Record<string, Record<string, string>>;
  /** By the partition's name; empty without partitions. */
  partitionKeys: Record<string, string | null>;
}

/** A COPY that is ready to run. */
export interface ParquetCopy {
  sql: string;
  /** The text before the author's text in `sql`; error positions are reduced by its length. */
  wrapper: string;
}

interface CopyOptions extends ParquetLayout {
  stagingDir: string;
  memoryLimitMb: number;
  threads: number;
  keepsOrder?: boolean;
}

/** Builds the COPY of a SELECT, usually an author's; it must be a query with these columns. */
export async function planParquetCopy(
  connection: DuckDBConnection,
  select: string,
  options: CopyOptions,
): Promise<ParquetCopy> {
  // On its own lines, so that a comment at the end of the author's text ends there.
  const columns = `SELECT ${options.columns.map(castColumn).join(', ')} FROM (\n`;
  const { partitions = [] } = options;
  if (partitions.length > 0) {
    const keys = partitions.map(
      ({ name, expression }) => `${expression} AS ${quotedIdentifier(name)}`,
    );
    const wrapper = `COPY (SELECT *, ${keys.join(', ')} FROM (${columns}`;
    return { sql: `${wrapper}${select}\n))) TO ${partitionedTarget(options)}`, wrapper };
  }
  const wrapper = `COPY (${columns}`;
  const ordered = await isOrdered(connection, select);
  return { sql: `${wrapper}${select}\n)) TO ${copyTarget(options, ordered)}`, wrapper };
}

/** Parses one row of the COPY's result. */
export function writtenFile(row: Record<string, Json>): WrittenFile {
  const statistics = entries(row['column_statistics']).map(([column, values]) => [
    column,
    Object.fromEntries(entries(values).map(([name, value]) => [name, text(value)])),
  ]);
  return {
    filename: text(row['filename']),
    count: text(row['count']),
    fileSizeBytes: text(row['file_size_bytes']),
    columnStatistics: Object.fromEntries(statistics),
    partitionKeys: Object.fromEntries(
      entries(row['partition_keys']).map(([name, value]) => [
        name,
        value === null || value === undefined ? null : text(value),
      ]),
    ),
  };
}

/** Converts a MAP from DuckDB's JSON form, a list of keys with their values. */
function entries(map: Json | undefined): [string, Json | undefined][] {
  if (!Array.isArray(map)) return [];
  return map.flatMap((entry) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? [[text(entry['key']), entry['value']] as [string, Json | undefined]]
      : [],
  );
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/**
 * Casts every column, even one that already seems to have the type: DuckDB writes some types that
 * only DuckDB can read.
 */
export function castColumn({ name, sourceName, castTo }: WrittenColumn): string {
  const source = sourceName === undefined ? 'NULL' : quotedIdentifier(sourceName);
  return `CAST(${source} AS ${castTo}) AS ${quotedIdentifier(name)}`;
}

/**
 * Checks DuckDB's own syntax tree for an ORDER BY; a query without a tree, like a PIVOT, counts as
 * unordered.
 */
async function isOrdered(connection: DuckDBConnection, sql: string): Promise<boolean> {
  const modifiers = `json_extract_string(json_serialize_sql(${quotedString(sql)}), '$.statements[0].node.modifiers[*].type')`;
  const reader = await connection.runAndReadAll(
    `SELECT list_contains(${modifiers}, 'ORDER_MODIFIER') AS ordered`,
  );
  return reader.getRowObjects()[0]?.['ordered'] === true;
}

/** Each thread holds one row group; together they may use an eighth of the memory. */
function rowGroupMb({ memoryLimitMb, threads }: CopyOptions): number {
  return Math.min(128, Math.max(4, Math.floor(memoryLimitMb / (8 * threads))));
}

function commonOptions(options: CopyOptions): string {
  return [
    'FORMAT parquet',
    'COMPRESSION zstd',
    // DuckDB limits row groups by bytes only where it may reorder rows; else they have 122,880
    // rows.
    ...(options.keepsOrder ? [] : [`ROW_GROUP_SIZE_BYTES '${rowGroupMb(options)}MiB'`]),
    `FIELD_IDS ${options.fieldIdsClause}`,
    'RETURN_STATS',
  ].join(', ');
}

/**
 * One folder for all partitions: the table metadata assigns a file to its partition, not its path.
 */
function partitionedTarget(options: CopyOptions): string {
  const names = (options.partitions ?? []).map(({ name }) => quotedIdentifier(name)).join(', ');
  const layout = `PARTITION_BY (${names}), HIVE_FILE_PATTERN false, FILENAME_PATTERN 'part_{uuid}'`;
  return `${quotedString(options.stagingDir)} (${commonOptions(options)}, ${layout}, APPEND true)`;
}

function copyTarget(options: CopyOptions, ordered: boolean): string {
  const common = commonOptions(options);
  if (ordered) {
    return `${quotedString(`${options.stagingDir}/part_0.parquet`)} (${common}, USE_TMP_FILE false)`;
  }
  const split = `FILE_SIZE_BYTES '${options.targetFileMb}MiB', FILENAME_PATTERN 'part_{i}'`;
  return `${quotedString(options.stagingDir)} (${common}, ${split})`;
}
