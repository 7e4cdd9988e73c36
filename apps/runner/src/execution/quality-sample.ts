import type { QualitySample } from '@rat/domain';
import type { QueryResult } from '@rat/engine';

/** How many violations a result shows. */
export const SAMPLE_ROWS = 10;
/** A wider row is cut: results are stored, and sent in one message. */
const SAMPLE_COLUMNS = 100;
const CELL_MAX_LENGTH = 200;

const TOLD_ROWS = 3;
const TOLD_CELL_MAX_LENGTH = 40;

/** Reduces the rows that a test found to a size that can be stored. */
export function toSample({ columns, rows }: QueryResult): QualitySample {
  const cut = (text: string): string => shorten(text, CELL_MAX_LENGTH);
  return {
    columns: columns.slice(0, SAMPLE_COLUMNS).map(cut),
    rows: rows
      .slice(0, SAMPLE_ROWS)
      .map((row) =>
        row.slice(0, SAMPLE_COLUMNS).map((value) => (value === null ? null : cut(value))),
      ),
  };
}

/** Formats the first few rows as text for a log, one row a line. */
export function describeSample({ columns, rows }: QualitySample): string {
  const lines = rows.slice(0, TOLD_ROWS).map((row) => {
    const cells = columns.map(
      (column, index) => `${column}=${shorten(row[index] ?? 'NULL', TOLD_CELL_MAX_LENGTH)}`,
    );
    return `\n  ${cells.join(', ')}`;
  });
  return lines.join('');
}

/** Half of a surrogate pair would be stored as another character. */
const HALF_AT_END = /[\ud800-\udbff]$/;

function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(HALF_AT_END, '')}…`;
}
