/* oxlint-disable jsx-a11y/prefer-tag-over-role -- cells that are placed by hand cannot be those of an HTML table */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useId, useMemo, useRef, type ClipboardEvent, type ReactNode } from 'react';
import {
  cellText,
  columnWidth,
  isNumberType,
  rangeText,
  type CellRange,
  type GridColumn,
  type GridRow,
} from './cell-text.ts';
import styles from './row-grid.module.css';
import { useCellRange } from './use-cell-range.ts';

const ROW_PX = 22;
const HEAD_PX = 44;
const CHAR_PX = 7.3;

/**
 * Rows of data, of which only the cells in view are in the page, however many there are. Arrow keys move the active cell, Shift
 * extends the choice, and Ctrl-C copies the chosen cells for a spreadsheet.
 *
 * @example
 * <RowGrid label="rows of silver.orders" columns={answer.columns} rows={answer.rows} />
 */
export function RowGrid({
  label,
  columns,
  rows,
}: {
  label: string;
  columns: readonly GridColumn[];
  /** Values in the order of the columns. */
  rows: readonly GridRow[];
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const countPx = Math.ceil(String(rows.length).length * CHAR_PX) + 18;
  const widths = useMemo(
    () => columns.map((column, index) => columnWidth(column, index, rows)),
    [columns, rows],
  );
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoises this component
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollPaddingStart: HEAD_PX,
  });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => widths[index] ?? 0,
    overscan: 3,
    scrollPaddingStart: countPx,
  });
  const choice = useCellRange({ rows: rows.length, columns: columns.length }, (cell) => {
    down.scrollToIndex(cell.row, { align: 'auto' });
    across.scrollToIndex(cell.column, { align: 'auto' });
  });
  const copy = (event: ClipboardEvent): void => {
    event.preventDefault();
    event.clipboardData.setData('text/plain', rangeText(rows, choice.range));
  };
  const seen = across.getVirtualItems();
  const width = across.getTotalSize() + countPx;
  const idOf = (row: number, column: number): string => `${prefix}-${row}-${column}`;
  return (
    <div
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={
        rows.length > 0 ? idOf(choice.active.row, choice.active.column) : undefined
      }
      tabIndex={0}
      className={styles.grid}
      onKeyDown={choice.onKeyDown}
      onCopy={copy}
    >
      <div role="rowgroup" className={styles.head} style={{ width }}>
        <div role="row" aria-rowindex={1}>
          <div
            role="columnheader"
            aria-label="number of the row"
            aria-colindex={1}
            className={`${styles.count} ${styles.corner}`}
            style={{ width: countPx }}
          />
          {seen.map(({ index, start, size }) => (
            <div
              key={index}
              role="columnheader"
              aria-colindex={index + 2}
              title={`${columns[index]?.name} ${columns[index]?.type}`}
              className={styles.name}
              style={{ left: start + countPx, width: size }}
            >
              {columns[index]?.name}
              <span className={styles.type}>{columns[index]?.type}</span>
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ width, height: down.getTotalSize() }}>
        {down.getVirtualItems().map((line) => (
          <div
            key={line.index}
            role="row"
            aria-rowindex={line.index + 2}
            className={styles.row}
            style={{ width, transform: `translateY(${line.start}px)` }}
          >
            <div
              role="rowheader"
              aria-colindex={1}
              className={styles.count}
              style={{ width: countPx }}
            >
              {line.index + 1}
            </div>
            {seen.map(({ index, start, size }) => (
              // The grid handles the keys for all of its cells.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={index}
                id={idOf(line.index, index)}
                role="gridcell"
                tabIndex={-1}
                aria-colindex={index + 2}
                aria-selected={isWithin(choice.range, line.index, index)}
                className={cellClass(
                  rows[line.index]?.[index],
                  columns[index]?.type ?? '',
                  isWithin(choice.range, line.index, index),
                  choice.active.row === line.index && choice.active.column === index,
                )}
                style={{ left: start + countPx, width: size }}
                onClick={(event) => {
                  choice.choose({ row: line.index, column: index }, event.shiftKey);
                  box.current?.focus({ preventScroll: true });
                }}
              >
                <CellValue value={rows[line.index]?.[index]} />
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function CellValue({ value }: { value: unknown }): ReactNode {
  if (value === null || value === undefined) return 'NULL';
  return cellText(value).slice(0, 500);
}

function isWithin(range: CellRange, row: number, column: number): boolean {
  return row >= range.top && row <= range.bottom && column >= range.left && column <= range.right;
}

function cellClass(value: unknown, type: string, isChosen: boolean, isActive: boolean): string {
  const classes = [
    styles.cell,
    isNumberType(type) && styles.number,
    (value === null || value === undefined) && styles.null,
    isChosen && styles.chosen,
    isActive && styles.active,
  ];
  return classes.filter(Boolean).join(' ');
}
