import { duckdbType } from './column-types.ts';
import { TableFormatError, type LiveFile, type Schema } from '@rat/iceberg';
import { groupBy } from '@rat/runtime';
import { quoteIdentifier, quoteText } from '@rat/domain';
import { pathFromUri } from '@rat/storage';

export interface ScanOptions {
  /** The columns of the result; columns that a file lacks are NULL. */
  schema: Schema;
  /** Data files. They must contain field ids: without them every column would be NULL. */
  files: readonly LiveFile[];
  /** Position and equality delete files of the same snapshot. */
  deletes?: readonly LiveFile[];
  /** The name of an additional column with each row's file, as a path without a scheme. */
  fileColumn?: string;
}

/** The ids of the two columns of a position delete file, reserved by the specification. */
const DELETED_PATH_ID = 2_147_483_546;
const DELETED_POSITION_ID = 2_147_483_545;

/**
 * Column names inside the scan. Table columns have their ids there, so the names cannot collide.
 */
const FILE_COLUMN = 'file_uri';
const ROW_COLUMN = 'file_row_number';

/**
 * A DuckDB SELECT of the rows in these files. It finds columns by field id, so it reads renamed,
 * added, dropped and widened ones from old files too. Throws TableFormatError for files that are
 * not Parquet and for deletes by a column that the schema lacks.
 */
export function tableScanSql(options: ScanOptions): string {
  const { schema, files, deletes = [], fileColumn } = options;
  for (const file of [...files, ...deletes]) {
    if (file.format !== 'PARQUET')
      throw new TableFormatError(`${file.format} files are not supported`);
  }
  if (files.length === 0) {
    const columns = schema.fields.map(
      (field) => `CAST(NULL AS ${duckdbType(field.type)}) AS ${quoteIdentifier(field.name)}`,
    );
    if (fileColumn !== undefined) columns.push(`'' AS ${quoteIdentifier(fileColumn)}`);
    return `SELECT ${columns.join(', ')} WHERE false`;
  }
  // One scan for all files with the same deletes; without deletes, a single one.
  const groups = groupBy(
    files.map((file) => ({ file, deletes: deletesOf(file, deletes) })),
    (scanned) => JSON.stringify(scanned.deletes.map((file) => file.path)),
  );
  return [...groups.values()]
    .map((group) =>
      scanGroup(
        options,
        group.map(({ file }) => file),
        group[0].deletes,
      ),
    )
    .join('\nUNION ALL\n');
}

/**
 * The deletes that apply to a file. A position delete may belong to the commit that added the file;
 * an equality delete must be later. Both apply within their partition, and an equality delete
 * without a partition applies everywhere.
 */
function deletesOf(file: LiveFile, deletes: readonly LiveFile[]): LiveFile[] {
  const partition = partitionKey(file);
  return deletes.filter((other) => {
    const isGlobal = Object.keys(other.partition).length === 0;
    switch (other.content) {
      case 'position_deletes':
        if (other.sequenceNumber < file.sequenceNumber) return false;
        if (other.referencedDataFile !== undefined) return other.referencedDataFile === file.path;
        return partitionKey(other) === partition;
      case 'equality_deletes':
        if (other.sequenceNumber <= file.sequenceNumber) return false;
        return isGlobal || partitionKey(other) === partition;
      case 'data':
        throw new TypeError('a data file deletes nothing');
    }
  });
}

function partitionKey(file: LiveFile): string {
  return JSON.stringify([file.specId, Object.entries(file.partition)]);
}

function scanGroup(
  { schema, fileColumn }: Pick<ScanOptions, 'schema' | 'fileColumn'>,
  files: readonly LiveFile[],
  deletes: readonly LiveFile[],
): string {
  const columns = schema.fields.map((field) => ({
    id: field.id,
    name: `c${field.id}`,
    type: duckdbType(field.type),
  }));
  const shown = schema.fields.map((field) => `t.c${field.id} AS ${quoteIdentifier(field.name)}`);
  const positions = deletes.filter((file) => file.content === 'position_deletes');
  if (fileColumn !== undefined) shown.push(`t.${FILE_COLUMN} AS ${quoteIdentifier(fileColumn)}`);
  const filename =
    positions.length === 0 && fileColumn === undefined ? '' : `, filename = '${FILE_COLUMN}'`;
  const rowColumns = positions.length === 0 ? filename : `${filename}, ${ROW_COLUMN} = true`;
  const clauses = [
    `SELECT ${shown.join(', ')}`,
    `FROM ${readParquet(files, columns, rowColumns)} t`,
  ];
  if (positions.length > 0) {
    const deleted = readParquet(positions, [
      { id: DELETED_PATH_ID, name: 'path', type: 'VARCHAR' },
      { id: DELETED_POSITION_ID, name: 'position', type: 'BIGINT' },
    ]);
    // DuckDB's file names have no scheme; those of deletes are the table's URIs.
    clauses.push(
      `ANTI JOIN (SELECT regexp_replace(path, '^file:(//)?', '') AS path, position FROM ${deleted}) p`,
      `ON p.path = t.${FILE_COLUMN} AND p.position = t.${ROW_COLUMN}`,
    );
  }
  const equality = groupBy(
    deletes.filter((file) => file.content === 'equality_deletes'),
    (file) => JSON.stringify(file.equalityIds ?? []),
  );
  for (const [i, group] of [...equality.values()].entries()) {
    const keys = (group[0].equalityIds ?? []).map((id) => {
      const column = columns.find((other) => other.id === id);
      if (column === undefined) {
        throw new TableFormatError('rows are deleted by a column that the table no longer has');
      }
      return column;
    });
    if (keys.length === 0) throw new TableFormatError('an equality delete file compares no column');
    // A deleted NULL deletes rows with NULL.
    const same = keys.map(({ name }) => `e${i}.${name} IS NOT DISTINCT FROM t.${name}`);
    clauses.push(`ANTI JOIN ${readParquet(group, keys)} e${i}`, `ON ${same.join(' AND ')}`);
  }
  return clauses.join(' ');
}

function readParquet(
  files: readonly LiveFile[],
  columns: readonly { id: number; name: string; type: string }[],
  more = '',
): string {
  const paths = files.map((file) => quoteText(pathFromUri(file.path)));
  const schema = columns.map(
    ({ id, name, type }) =>
      `${id}: {name: ${quoteText(name)}, type: ${quoteText(type)}, default_value: NULL}`,
  );
  return `read_parquet([${paths.join(', ')}], schema => MAP {${schema.join(', ')}}${more})`;
}
