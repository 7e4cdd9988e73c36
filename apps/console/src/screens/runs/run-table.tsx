import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { Elapsed, formatDuration, Time } from '../../time.tsx';
import styles from './run-table.module.css';

export type RunRow = AnswerOf<'listRuns'>['runs'][number];

/** Runs, one a line. A line keeps its place and its height when its run changes. */
export function RunTable({ runs }: { runs: readonly RunRow[] }): ReactNode {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Pipeline</th>
          <th scope="col">Started</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td>
              <StatusMark mark={markOf(run)} />
            </td>
            <td>
              {run.layer}.{run.pipeline}
            </td>
            <td>
              <Time at={run.started_at ?? run.created_at} />
            </td>
            <td>
              {run.duration_ms === null
                ? run.started_at !== null && <Elapsed since={run.started_at} />
                : formatDuration(run.duration_ms)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
