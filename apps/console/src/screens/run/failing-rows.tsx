import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { RowsTable } from '../../parts/rows-table.tsx';
import { runKey, type RunFacts } from './run-facts.ts';

const PAGE = 200;

interface FailingRowsProps {
  run: RunFacts;
  test: string;
  violations: number;
}

/** All rows that a test found, from the branch on which the run keeps them. */
export function FailingRows({ run, test, violations }: FailingRowsProps): ReactNode {
  const [offset, setOffset] = useState(0);
  const rows = useQuery({
    queryKey: runKey(run.id, 'failing', test, offset),
    queryFn: ({ signal }) =>
      rat.runs.failingRows({ id: run.id, test }, { limit: PAGE, offset }, { signal }),
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  return (
    <Answer of={rows} rows={8}>
      {(page) => (
        <>
          <RowsTable columns={page.columns} rows={page.rows} label={`rows of ${test}`} />
          <p>
            {violations <= PAGE
              ? `all ${countOf(violations, 'row')}`
              : `${formatCount(offset + 1)}–${formatCount(offset + page.rows.length)} of ${countOf(violations, 'row')}`}{' '}
            {offset > 0 && (
              <button type="button" onClick={() => setOffset(offset - PAGE)}>
                Earlier rows
              </button>
            )}{' '}
            {page.truncated && (
              <button type="button" onClick={() => setOffset(offset + PAGE)}>
                Further rows
              </button>
            )}
          </p>
        </>
      )}
    </Answer>
  );
}
