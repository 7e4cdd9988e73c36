import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { Empty } from '../../parts/empty.tsx';
import {
  ChangeCounts,
  ColumnChanges,
  RowChanges,
  type RowChange,
} from '../../parts/row-changes.tsx';
import styles from './preview-rows.module.css';

type Difference = NonNullable<AnswerOf<'previewPipeline'>['compare']>;

/** What a run of the texts on the screen would do to the table, with some of its rows. */
export function TableDifference({ difference }: { difference: Difference }): ReactNode {
  const { strategy, keys, gained, lost, changed, columns, samples } = difference;
  const { columns_added: added, columns_removed: removed } = difference;
  const rows = changesOf(samples, columns);
  const isAll = rows.length === gained + lost + (changed ?? 0);
  return (
    <section className={styles.difference} aria-label="difference from the table">
      <h2>What a run would do to the table</h2>
      <ChangeCounts added={gained} removed={lost} changed={changed}>
        {keys.length === 0 ? 'by whole rows' : `by the key ${keys.join(', ')}`}, as {strategy}
        {!isAll && '; some of the rows:'}
      </ChangeCounts>
      <ColumnChanges added={added} removed={removed} />
      {rows.length > 0 && <RowChanges columns={columns} rows={rows} />}
      {rows.length + added.length + removed.length === 0 && (
        <Empty title="The table would stay as it is" />
      )}
    </section>
  );
}

function changesOf(
  { gained, lost, changed }: Difference['samples'],
  columns: Difference['columns'],
): RowChange[] {
  return [
    ...gained.map((row) => ({ change: 'added' as const, before: null, after: row })),
    ...lost.map((row) => ({ change: 'removed' as const, before: row, after: null })),
    ...changed.map(({ before, after }) => ({
      change: 'changed' as const,
      before,
      after,
      changed_columns: columns.filter(
        (_, nth) => JSON.stringify(before[nth]) !== JSON.stringify(after[nth]),
      ),
    })),
  ];
}
