import type { AnswerOf } from '@rat/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { formatCount } from '../../parts/numbers.ts';
import { Answer } from '../../parts/answer.tsx';
import { cellText } from '../../parts/cell-text.ts';
import { Empty } from '../../parts/empty.tsx';
import { Lines } from '../../parts/lines.tsx';
import type { TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

type Diff = AnswerOf<'diffTable'>;
type Row = Diff['sample'][number];

const SAMPLE_ROWS = 100;
const WORDS: Record<Row['change'], string> = {
  added: '+ added',
  removed: '− removed',
  changed: '± changed',
};

/** What two versions differ by: the counts, the columns, and some of the rows. */
export function Difference({
  place,
  from,
  to,
  keyText,
}: {
  place: TablePlace;
  from: string;
  to: string;
  /** `*`: whole rows; absent: the key of the pipeline. */
  keyText: string | undefined;
}): ReactNode {
  const key = keyText === '*' ? '' : keyText;
  const diff = useQuery({
    queryKey: ['table-diff', place, from, to, keyText],
    queryFn: ({ signal }) =>
      rat.tables.diff(place, { from, to, key, limit: SAMPLE_ROWS }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <section className={styles.diff} aria-label="difference of two versions">
      <Answer of={diff} rows={6}>
        {(found) => (
          <>
            <p>
              <span className={styles.plus}>+{formatCount(found.rows_added)} added</span>
              {' · '}
              <span className={styles.minus}>−{formatCount(found.rows_removed)} removed</span>
              {' · '}
              {formatCount(found.rows_changed)} changed{' '}
              <span className={styles.quiet}>
                {found.key.length === 0 ? 'by whole rows' : `by the key ${found.key.join(', ')}`}{' '}
                from {found.from_snapshot_id} to {found.to_snapshot_id}
              </span>
            </p>
            <ColumnChanges diff={found} />
            {found.sample.length === 0 ? (
              <Empty title="The two versions have the same rows" />
            ) : (
              <SampleRows diff={found} />
            )}
          </>
        )}
      </Answer>
    </section>
  );
}

function ColumnChanges({ diff }: { diff: Diff }): ReactNode {
  const names = (columns: Diff['columns']): string => columns.map(({ name }) => name).join(', ');
  const parts = [
    diff.columns_added.length > 0 && `Columns added: ${names(diff.columns_added)}.`,
    diff.columns_removed.length > 0 && `Columns removed: ${names(diff.columns_removed)}.`,
    diff.columns_retyped.length > 0 &&
      `Compared as text, because their type differs: ${diff.columns_retyped.join(', ')}.`,
  ].filter(Boolean);
  return parts.length > 0 && <p>{parts.join(' ')}</p>;
}

function SampleRows({ diff }: { diff: Diff }): ReactNode {
  return (
    <Lines
      of="rows that differ"
      columns={[{ name: 'Change' }, ...diff.columns.map(({ name }) => ({ name }))]}
    >
      {diff.sample.map((row, index) => (
        // The rows of an answer keep their order, and need not differ from each other.
        // oxlint-disable-next-line react/no-array-index-key
        <tr key={index}>
          <td className={CLASSES[row.change]}>{WORDS[row.change]}</td>
          {diff.columns.map(({ name }, column) => (
            <ChangedCell key={name} row={row} name={name} column={column} />
          ))}
        </tr>
      ))}
    </Lines>
  );
}

const CLASSES: Record<Row['change'], string | undefined> = {
  added: styles.plus,
  removed: styles.minus,
  changed: undefined,
};

function ChangedCell({ row, name, column }: { row: Row; name: string; column: number }): ReactNode {
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
