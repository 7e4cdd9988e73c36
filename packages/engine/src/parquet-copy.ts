import { quotedIdentifier, quotedString, type DuckDBConnection, type Json } from '@duckdb/node-api';

/** A column as it is written. */
export interface WrittenColumn {
  name: string;
  /** The result's column; without one, every row has NULL here. */
  sourceName?: string;
  /** DuckDB's name of a type. */
  castTo: string;
}

/** What to write of a result, and how. */
export interface ParquetLayout {
  targetFileMb: number;
  /** At least one; in the files' order. */
  columns: readonly WrittenColumn[];
  /** DuckDB's FIELD_IDS, for these columns. */
  fieldIdsClause: string;
  /** Expressions over these columns: rows that agree in them share files, which the names are not part of. */
  partitions?: readonly { name: string; expression: string }[];
}

/** What DuckDB says of one file that it wrote; every value as text. */
export interface WrittenFile {
  /** Absolute. */
  filename: string;
  count: string;
  fileSizeBytes: string;
  /** By quoted and dotted path of the column (`"st"."a"`), then by statistic. */
  columnStatistics: Record<string, Record<string, string>>;
  /** By the partition's name; empty without partitions. */
  partitionKeys: Record<string, string | null>;
}

/** A COPY that is ready to run. */
export interface ParquetCopy {
  sql: string;
  /** What stands before the author's text in `sql`, for the arithmetic of error positions. */
  wrapper: string;
}

interface CopyOptions extends ParquetLayout {
  stagingDir: string;
  memoryLimitMb: number;
  threads: number;
  keepsOrder?: boolean;
}

/** Makes the COPY of a SELECT, most often an author's, which is known to be a query with these columns. */
export async function planParquetCopy(
  connection: DuckDBConnection,
  select: string,
  options: CopyOptions,
): Promise<ParquetCopy> {
  // On lines of its own, so that a comment at the end of the author's text ends there.
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

/** Reads one row of what the COPY returned. */
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

/** A MAP as DuckDB's JSON spells it: a list of keys with their values. */
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

/** Cast even to the type it seems to have: DuckDB writes some types in ways that only DuckDB reads. */
export function castColumn({ name, sourceName, castTo }: WrittenColumn): string {
  const source = sourceName === undefined ? 'NULL' : quotedIdentifier(sourceName);
  return `CAST(${source} AS ${castTo}) AS ${quotedIdentifier(name)}`;
}

/** DuckDB's own parse of the text; what it cannot serialize, like a PIVOT, counts as unordered. */
async function isOrdered(connection: DuckDBConnection, sql: string): Promise<boolean> {
  const modifiers = `json_extract_string(json_serialize_sql(${quotedString(sql)}), '$.statements[0].node.modifiers[*].type')`;
  const reader = await connection.runAndReadAll(
    `SELECT list_contains(${modifiers}, 'ORDER_MODIFIER') AS ordered`,
  );
  return reader.getRowObjects()[0]?.['ordered'] === true;
}

/** Every thread holds one row group; together they may take an eighth of the memory. */
function rowGroupMb({ memoryLimitMb, threads }: CopyOptions): number {
  return Math.min(128, Math.max(4, Math.floor(memoryLimitMb / (8 * threads))));
}

function commonOptions(options: CopyOptions): string {
  return [
    'FORMAT parquet',
    'COMPRESSION zstd',
    // DuckDB cuts row groups by bytes only where it may mix rows; else they have its own 122,880 rows.
    ...(options.keepsOrder ? [] : [`ROW_GROUP_SIZE_BYTES '${rowGroupMb(options)}MiB'`]),
    `FIELD_IDS ${options.fieldIdsClause}`,
    'RETURN_STATS',
  ].join(', ');
}

/** One folder for all partitions: where a file belongs is said in the table, not in its path. */
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
