import { duckdbType } from './column-types.ts';
import type { LiveFile } from './data-file.ts';
import { TableFormatError } from './errors.ts';
import { groupBy } from './group-by.ts';
import { quoteIdentifier, quoteText } from './sql-text.ts';
import { pathFromUri } from '@rat/storage';
import type { Schema } from './types.ts';

export interface ScanOptions {
  /** What the rows are shown as; columns that a file lacks are NULL. */
  schema: Schema;
  /** Data files, each with field ids in it: a file without them would show nothing but NULL. */
  files: readonly LiveFile[];
  /** Position and equality delete files of the same snapshot. */
  deletes?: readonly LiveFile[];
  /** Shows each row's file too, by its path without a scheme, in a column of this name. */
  fileColumn?: string;
}

/** Reserved by the specification for the two columns of a position delete file. */
const DELETED_PATH_ID = 2_147_483_546;
const DELETED_POSITION_ID = 2_147_483_545;

/** Names inside the scan; columns go by their id there, so that none of theirs can be one of ours. */
const FILE_COLUMN = 'file_uri';
const ROW_COLUMN = 'file_row_number';

/**
 * A DuckDB SELECT of the rows that these files make up. Columns are found by field id, so renamed, added, dropped and
 * widened ones are read from old files too. Throws TableFormatError for files that are no Parquet and for deletes by
 * a column that the schema does not have.
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
  // One scan for all files that the same deletes apply to: without deletes, a single one.
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
 * A position delete may be of the commit that added the file, an equality delete must be of a later one; both apply
 * within their partition, an equality delete without partition everywhere.
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
    // DuckDB names files without a scheme; deletes name them as the table does.
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
    // A deleted NULL deletes NULL.
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
