import { useEffect, useState, type ReactNode } from 'react';
import { onFeedEvents } from '../../live/feed-state.ts';
import styles from './new-runs-pill.module.css';
import type { RunRow } from './run-table.tsx';

/** Many runs may be made at once; the list is read again at most this often. */
const INSERT_EVERY_MS = 1_000;

interface NewRunsPillProps {
  of: readonly RunRow[];
  /** Whether new runs are inserted by themselves while no person works with the list. */
  isLive: boolean;
  isSelecting: boolean;
  onShow: () => void;
}

/**
 * How many runs have been made since the list was read. Rows that a person reads must not move: they
 * are inserted by a press, or by themselves where a person wants that and the list is at rest.
 */
export function NewRunsPill({ of, isLive, isSelecting, onShow }: NewRunsPillProps): ReactNode {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  useEffect(
    () =>
      onFeedEvents((events) => {
        const made = events.filter(({ data }) => data.status === 'pending' && data.attempt === 0);
        if (made.length > 0)
          setSeen((before) => new Set([...before, ...made.map(({ data }) => data.run_id)]));
      }),
    [],
  );
  const known = new Set(of.map(({ id }) => id));
  const count = [...seen].filter((id) => !known.has(id)).length;
  // A run that the filters leave out is new only once.
  const show = (): void => {
    setSeen(new Set());
    onShow();
  };
  const isWaiting = isLive && !isSelecting && count > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => isAtRest() && show(), INSERT_EVERY_MS);
    return () => clearInterval(timer);
    // `show` is a new function each time, and does the same.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isWaiting]);
  return (
    <output className={styles.place}>
      {count > 0 && (
        <button type="button" className={styles.pill} onClick={show}>
          {count} new ↑
        </button>
      )}
    </output>
  );
}

/** Whether a list may change: its top is in view, and neither the keyboard nor a selection of text is in it. */
function isAtRest(): boolean {
  const isFocused = document.activeElement?.closest('table') !== null;
  const isTextSelected = document.getSelection()?.isCollapsed === false;
  return window.scrollY === 0 && !isFocused && !isTextSelected && !document.hidden;
}
