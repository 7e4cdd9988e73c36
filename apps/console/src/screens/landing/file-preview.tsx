import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countOf } from '../../parts/numbers.ts';
import { RowGrid } from '../../parts/row-grid.tsx';
import styles from './landing-screen.module.css';
import type { ZonePlace } from './zone-place.ts';

/** The columns and the first rows of a file, as a pipeline would read it, or why it cannot be read. */
export function FilePreview({ place, name }: { place: ZonePlace; name: string }): ReactNode {
  const file = useQuery({
    queryKey: ['landing', 'file', place.namespace, place.zone, name],
    queryFn: ({ signal }) => rat.landingZones.file({ ...place, name }, { signal }),
  });
  return (
    <section aria-labelledby="preview" className={styles.preview}>
      <h2 id="preview">First rows of {name}</h2>
      <Answer of={file} rows={6}>
        {({ columns, rows, row_count: count, format, error }) => {
          if (error !== null)
            return (
              <p role="alert" className={styles.bad}>
                ✕ {error.message}
                {error.line !== undefined && ` Line ${error.line}.`}
              </p>
            );
          if (columns === null || rows === null)
            return (
              <Empty title="The platform does not read files of this kind by itself">
                <p>A pipeline can still read it with a function of its own.</p>
              </Empty>
            );
          return (
            <>
              <p className={styles.quiet}>
                {format}, {countOf(columns.length, 'column')}
                {count !== null && `, ${countOf(count, 'row')}`}
              </p>
              {rows.length === 0 ? (
                <Empty title="The file has no rows" />
              ) : (
                <RowGrid label={`first rows of ${name}`} columns={columns} rows={rows} />
              )}
            </>
          );
        }}
      </Answer>
    </section>
  );
}
