import { ConfigError } from '@rat/engine';
import type { ResultColumn } from '../session/describe-select.ts';
import type { ColumnType } from '../table-sql/column-types.ts';

/** A table with more columns than this is slow in every list, preview and plan. */
const COLUMNS_MAX = 10_000;

/**
 * Each list within a list doubles the time of the Parquet reader: 16 levels take 0.1 s, 27 take
 * minutes.
 */
const LISTS_MAX = 16;

/** The maximum depth of structs, lists and maps within each other. */
const LEVELS_MAX = 100;

/**
 * Throws ConfigError for a result that DuckDB could write, but not read in reasonable time.
 */
export function checkColumns(columns: readonly ResultColumn[]): void {
  if (columns.length > COLUMNS_MAX) {
    throw new ConfigError(
      `the result has ${columns.length} columns; a table has at most ${COLUMNS_MAX}: select fewer, or put them into a map`,
    );
  }
  for (const { name, type } of columns) {
    if (exceeds(type, { lists: LISTS_MAX, levels: LEVELS_MAX })) {
      throw new ConfigError(
        `the column "${name}" is nested too deeply: at most ${LISTS_MAX} lists or maps within each other, and ` +
          `${LEVELS_MAX} levels in all, structs included; unnest it, or store it as text with to_json("${name}")::VARCHAR`,
      );
    }
  }
}

/** How many levels are still allowed. */
interface Room {
  lists: number;
  levels: number;
}

function exceeds(type: ColumnType, { lists, levels }: Room): boolean {
  if (type.kind === 'primitive' || type.kind === 'decimal') return false;
  if (levels === 0) return true;
  if (type.kind === 'struct') {
    return type.fields.some((field) => exceeds(field.type, { lists, levels: levels - 1 }));
  }
  if (lists === 0) return true;
  const room = { lists: lists - 1, levels: levels - 1 };
  const inner = type.kind === 'list' ? [type.element] : [type.key, type.value];
  return inner.some((one) => exceeds(one, room));
}
