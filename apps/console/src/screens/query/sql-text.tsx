import { useImperativeHandle, useRef, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import styles from './query-screen.module.css';

export interface SqlTextHandle {
  /** Puts a text where the cursor is. */
  insert: (text: string) => void;
}

/** The text of a query. Ctrl-Enter runs it, Esc cancels. */
export function SqlText({
  value,
  onChange,
  onRun,
  onCancel,
  ref,
}: {
  value: string;
  onChange: (sql: string) => void;
  onRun: () => void;
  onCancel: () => void;
  ref: Ref<SqlTextHandle>;
}): ReactNode {
  const box = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(ref, () => ({
    insert: (text) => {
      const field = box.current;
      if (field === null) return;
      field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
      field.focus();
      onChange(field.value);
    },
  }));
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onRun();
    }
    if (event.key === 'Escape') onCancel();
  };
  return (
    <textarea
      ref={box}
      aria-label="SQL"
      className={styles.sql}
      rows={10}
      spellCheck={false}
      autoCapitalize="off"
      value={value}
      onChange={({ target }) => onChange(target.value)}
      onKeyDown={press}
    />
  );
}
