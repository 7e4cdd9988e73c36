import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { cellText } from './cell-text.ts';
import { Lines } from './lines.tsx';
import { formatCount } from './numbers.ts';
import styles from './row-changes.module.css';

/** A row that one version of a table has and another has not, or has with other values. */
export type RowChange = AnswerOf<'diffTable'>['sample'][number];

const WORDS: Record<RowChange['change'], string> = {
  added: '+ added',
  removed: '− removed',
  changed: '± changed',
};

const CLASSES: Record<RowChange['change'], string | undefined> = {
  added: styles.plus,
  removed: styles.minus,
  changed: undefined,
};

/**
 * How many rows differ, before the words that say how they were compared. Without `changed`, whole rows were compared, and
 * none of them can change.
 */
export function ChangeCounts({
  added,
  removed,
  changed,
  children,
}: {
  added: number;
  removed: number;
  changed: number | null;
  children: ReactNode;
}): ReactNode {
  return (
    <p>
      <span className={styles.plus}>+{formatCount(added)} added</span>
      {' · '}
      <span className={styles.minus}>−{formatCount(removed)} removed</span>
      {changed !== null && ` · ${formatCount(changed)} changed`}{' '}
      <span className={styles.quiet}>{children}</span>
    </p>
  );
}

/** The columns by which two versions differ, in a sentence each; nothing where there are none. */
export function ColumnChanges({
  added,
  removed,
  retyped = [],
}: {
  added: readonly string[];
  removed: readonly string[];
  retyped?: readonly string[];
}): ReactNode {
  const parts = [
    added.length > 0 && `Columns added: ${added.join(', ')}.`,
    removed.length > 0 && `Columns removed: ${removed.join(', ')}.`,
    retyped.length > 0 && `Compared as text, because their type differs: ${retyped.join(', ')}.`,
  ].filter(Boolean);
  return parts.length > 0 && <p>{parts.join(' ')}</p>;
}

/** Rows that differ, one a line. A value that changed is shown as it was and as it is. */
export function RowChanges({
  columns,
  rows,
}: {
  columns: readonly string[];
  /** Values in the order of the columns. */
  rows: readonly RowChange[];
}): ReactNode {
  return (
    <Lines
      of="rows that differ"
      columns={[{ name: 'Change' }, ...columns.map((name) => ({ name }))]}
    >
      {rows.map((row, index) => (
        // The rows of an answer keep their order, and need not differ from each other.
        // oxlint-disable-next-line react/no-array-index-key
        <tr key={index}>
          <td className={CLASSES[row.change]}>{WORDS[row.change]}</td>
          {columns.map((name, column) => (
            <ChangedCell key={name} row={row} name={name} column={column} />
          ))}
        </tr>
      ))}
    </Lines>
  );
}

function ChangedCell({
  row,
  name,
  column,
}: {
  row: RowChange;
  name: string;
  column: number;
}): ReactNode {
  if (row.changed_columns?.includes(name) !== true)
    return (
      <td>
        <Value of={(row.after ?? row.before)?.[column]} />
      </td>
    );
  return (
    <td className={styles.changed}>
      <del>
        <Value of={row.before?.[column]} />
      </del>{' '}
      →{' '}
      <ins>
        <Value of={row.after?.[column]} />
      </ins>
    </td>
  );
}

function Value({ of }: { of: unknown }): ReactNode {
  if (of === null || of === undefined) return <em className={styles.quiet}>NULL</em>;
  const text = cellText(of);
  return (
    <span className={styles.cut} title={text}>
      {text}
    </span>
  );
}
