import { useState, type KeyboardEvent } from 'react';
import type { CellRange } from './cell-text.ts';

interface Cell {
  row: number;
  column: number;
}

export interface CellChoice {
  active: Cell;
  range: CellRange;
  choose: (cell: Cell, isExtended: boolean) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Rows that PageUp and PageDown move. */
const PAGE_ROWS = 20;

/**
 * The chosen cells of a grid: one is active, and Shift extends the choice from where it began. Keys move it as in a
 * spreadsheet. `onMove` is called with the active cell when a key has moved it.
 */
export function useCellRange(
  size: { rows: number; columns: number },
  onMove: (cell: Cell) => void,
): CellChoice {
  const [anchor, setAnchor] = useState<Cell>({ row: 0, column: 0 });
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 });
  const last = { row: Math.max(0, size.rows - 1), column: Math.max(0, size.columns - 1) };
  const choose = (cell: Cell, isExtended: boolean): void => {
    setActive(cell);
    if (!isExtended) setAnchor(cell);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isWhole = event.ctrlKey || event.metaKey;
    if (isWhole && event.key === 'a') {
      event.preventDefault();
      setAnchor({ row: 0, column: 0 });
      setActive(last);
      return;
    }
    const moved = move(active, event.key, isWhole, last);
    if (moved === undefined) return;
    event.preventDefault();
    choose(moved, event.shiftKey);
    onMove(moved);
  };
  const range = {
    top: Math.min(anchor.row, active.row, last.row),
    left: Math.min(anchor.column, active.column, last.column),
    bottom: Math.min(Math.max(anchor.row, active.row), last.row),
    right: Math.min(Math.max(anchor.column, active.column), last.column),
  };
  return { active, range, choose, onKeyDown };
}

function move(from: Cell, key: string, isWhole: boolean, last: Cell): Cell | undefined {
  const to = (row: number, column: number): Cell => ({
    row: Math.min(last.row, Math.max(0, row)),
    column: Math.min(last.column, Math.max(0, column)),
  });
  const { row, column } = from;
  switch (key) {
    case 'ArrowUp':
      return to(isWhole ? 0 : row - 1, column);
    case 'ArrowDown':
      return to(isWhole ? last.row : row + 1, column);
    case 'ArrowLeft':
      return to(row, isWhole ? 0 : column - 1);
    case 'ArrowRight':
      return to(row, isWhole ? last.column : column + 1);
    case 'PageUp':
      return to(row - PAGE_ROWS, column);
    case 'PageDown':
      return to(row + PAGE_ROWS, column);
    case 'Home':
      return to(isWhole ? 0 : row, 0);
    case 'End':
      return to(isWhole ? last.row : row, last.column);
    default:
      return undefined;
  }
}
