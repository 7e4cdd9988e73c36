import { useMemo, type ReactNode } from 'react';
import { readHistory } from './query-history.ts';
import styles from './query-screen.module.css';

const SHOWN_CHARS = 80;

/** The queries that were run before in this browser. */
export function HistoryChoice({
  onChoose,
  after,
}: {
  onChoose: (sql: string) => void;
  /** The history is read again when this changes. */
  after: unknown;
}): ReactNode {
  // oxlint-disable-next-line react/exhaustive-deps -- it says when, and is not read
  const texts = useMemo(readHistory, [after]);
  return (
    <select
      aria-label="history"
      className={styles.history}
      value=""
      disabled={texts.length === 0}
      onChange={({ target }) => {
        const text = texts[Number(target.value)];
        if (text !== undefined) onChoose(text);
      }}
    >
      <option value="">History</option>
      {texts.map((text, index) => (
        <option key={text} value={index}>
          {text.replaceAll(/\s+/g, ' ').slice(0, SHOWN_CHARS)}
        </option>
      ))}
    </select>
  );
}
