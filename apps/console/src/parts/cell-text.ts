/** A column of rows that are shown. */
export interface GridColumn {
  name: string;
  type: string;
}

/** A row with its values in the order of the columns. */
export type GridRow = readonly unknown[];

/** A range of cells, both ends included. */
export interface CellRange {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

const NUMBER = /^(u?(tiny|small|big|huge)?int(eger)?|decimal|float|double|real|long)/i;
const CHAR_PX = 7.3;
const CELL_PAD_PX = 18;
const WIDTH_MIN_CH = 6;
const WIDTH_MAX_CH = 48;
/** A width is measured by the first rows: all rows could be ten thousand. */
const MEASURED_ROWS = 200;

export function isNumberType(type: string): boolean {
  return NUMBER.test(type);
}

/** A value as text: NULL differs from an empty text by the reader's style, here it is empty. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** How wide a column must be for its name, its type and its first values. */
export function columnWidth(column: GridColumn, index: number, rows: readonly GridRow[]): number {
  const texts = rows.slice(0, MEASURED_ROWS).map((row) => cellText(row[index]).length);
  const longest = Math.max(column.name.length, column.type.length, ...texts, WIDTH_MIN_CH);
  return Math.ceil(Math.min(longest, WIDTH_MAX_CH) * CHAR_PX) + CELL_PAD_PX;
}

/** The cells of a range with a tab between two, as spreadsheets read them. Line ends and tabs within a value become spaces. */
export function rangeText(rows: readonly GridRow[], range: CellRange): string {
  return rows
    .slice(range.top, range.bottom + 1)
    .map((row) =>
      row
        .slice(range.left, range.right + 1)
        .map((value) => cellText(value).replaceAll(/[\t\r\n]+/g, ' '))
        .join('\t'),
    )
    .join('\n');
}

/** All rows below the names of their columns. */
export function sheetText(columns: readonly GridColumn[], rows: readonly GridRow[]): string {
  const all = { top: 0, left: 0, bottom: rows.length - 1, right: columns.length - 1 };
  return `${columns.map(({ name }) => name).join('\t')}\n${rangeText(rows, all)}`;
}
