import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ChangeCounts, ColumnChanges, RowChanges } from '../../parts/row-changes.tsx';
import type { TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

const SAMPLE_ROWS = 100;

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
            <ChangeCounts
              added={found.rows_added}
              removed={found.rows_removed}
              changed={found.rows_changed}
            >
              {found.key.length === 0 ? 'by whole rows' : `by the key ${found.key.join(', ')}`} from{' '}
              {found.from_snapshot_id} to {found.to_snapshot_id}
            </ChangeCounts>
            <ColumnChanges
              added={found.columns_added.map(({ name }) => name)}
              removed={found.columns_removed.map(({ name }) => name)}
              retyped={found.columns_retyped}
            />
            {found.sample.length === 0 ? (
              <Empty title="The two versions have the same rows" />
            ) : (
              <RowChanges columns={found.columns.map(({ name }) => name)} rows={found.sample} />
            )}
          </>
        )}
      </Answer>
    </section>
  );
}
