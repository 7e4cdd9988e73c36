import { useEffect, useState, type ReactNode } from 'react';
import { onFeedEvents } from '../../live/feed-state.ts';
import styles from './new-runs-pill.module.css';
import type { RunRow } from './run-table.tsx';

/**
 * How many runs have been made since the list was read. They are not inserted by themselves: rows that a person reads must not
 * move.
 */
export function NewRunsPill({
  of,
  onShow,
}: {
  of: readonly RunRow[];
  onShow: () => void;
}): ReactNode {
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
  return (
    <output className={styles.place}>
      {count > 0 && (
        <button type="button" className={styles.pill} onClick={onShow}>
          {count} new ↑
        </button>
      )}
    </output>
  );
}
