import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { countOf } from '../../parts/numbers.ts';
import { Problem } from '../../parts/problem.tsx';
import { RowGrid } from '../../parts/row-grid.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import { formatDuration } from '../../time.tsx';
import styles from './preview-rows.module.css';
import { TableDifference } from './table-difference.tsx';
import type { PreviewState } from './use-preview.ts';

/** The first rows of the texts on the screen; nothing was written for them. */
export function PreviewRows({ state }: { state: PreviewState }): ReactNode {
  if (state.kind === 'none')
    return (
      <p className={styles.hint}>Ctrl-Enter shows the first rows of the text on the screen.</p>
    );
  return (
    <section className={styles.preview} aria-label="preview">
      {state.kind === 'running' && <Skeleton rows={4} />}
      {state.kind === 'failed' && <Problem title="The preview failed" error={state.error} />}
      {state.kind === 'done' && <Rows answer={state.answer} />}
    </section>
  );
}

function Rows({ answer }: { answer: AnswerOf<'previewPipeline'> }): ReactNode {
  const { columns, rows, truncated, warnings, compare, duration_ms: ms } = answer;
  return (
    <>
      {compare !== null && <TableDifference difference={compare} />}
      <h2>
        Preview: {truncated ? 'the first' : 'all'} {countOf(rows.length, 'row')},{' '}
        {formatDuration(ms)}; nothing is stored
      </h2>
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      <RowGrid label="rows of the preview" columns={columns} rows={rows} />
    </>
  );
}
