import { BATCH, quoteIdentifier, quoteText } from '@rat/domain';
import type { DataFile, Schema } from '@rat/iceberg';
import { boundsRows } from '../table-sql/bounds-rows.ts';
import { duckdbType } from '../table-sql/column-types.ts';

/**
 * A SELECT of the paths of files that may contain a row with a key of the batch. It compares each
 * key separately: the range of the whole batch would select every file between its first and last
 * key. A file with unknown bounds is selected.
 */
export function candidateFilesSql(
  files: readonly DataFile[],
  schema: Schema,
  keys: readonly string[],
): string {
  const columns = keys.map((name) => {
    const field = schema.fields.find((other) => other.name === name);
    if (field === undefined) throw new TypeError('the table has no column for a key');
    const isBinary = duckdbType(field.type) === 'BLOB';
    const cast = (text: string): string =>
      isBinary ? `unhex(${text})` : `TRY_CAST(${text} AS ${duckdbType(field.type)})`;
    return { field, cast, bounds: boundsRows(files, schema, field.id) };
  });
  const rows = files.map((file, row) => {
    const cells = columns.flatMap(({ field, bounds }) => {
      const nulls = file.nullCounts?.[field.id];
      return [
        textOrNull(bounds[row]?.lower),
        textOrNull(bounds[row]?.upper),
        String(nulls === undefined || nulls > 0),
      ];
    });
    return `(${[quoteText(file.path), ...cells].join(', ')})`;
  });
  const raw = columns.flatMap((_, i) => [`lower_text${i}`, `upper_text${i}`, `has_null${i}`]);
  const typed = columns.flatMap(({ cast }, i) => [
    `${cast(`CAST(lower_text${i} AS VARCHAR)`)} AS lower${i}`,
    `${cast(`CAST(upper_text${i} AS VARCHAR)`)} AS upper${i}`,
    `has_null${i}`,
  ]);
  const within = columns.map(({ field }, i) => {
    const key = `k.${quoteIdentifier(field.name)}`;
    return (
      `CASE WHEN ${key} IS NULL THEN f.has_null${i} ELSE ` +
      `(f.lower${i} IS NULL OR ${key} >= f.lower${i}) AND (f.upper${i} IS NULL OR ${key} <= f.upper${i}) END`
    );
  });
  const list = keys.map(quoteIdentifier).join(', ');
  return (
    `WITH f AS MATERIALIZED (SELECT path, ${typed.join(', ')} FROM (VALUES ${rows.join(', ')}) v(path, ${raw.join(', ')})) ` +
    `SELECT DISTINCT f.path FROM f JOIN (SELECT DISTINCT ${list} FROM ${BATCH}) k ON ${within.join(' AND ')}`
  );
}

function textOrNull(text: string | null | undefined): string {
  return text === null || text === undefined ? 'NULL' : quoteText(text);
}
