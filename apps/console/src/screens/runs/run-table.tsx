import type { AnswerOf } from '@rat/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { hasEnded } from '../../live/patch-run.ts';
import { formatCount } from '../../parts/numbers.ts';
import { addressOf, shortId } from '../../parts/run-names.ts';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { Elapsed, formatDuration, Time } from '../../time.tsx';
import styles from './run-table.module.css';

export type RunRow = AnswerOf<'listRuns'>['runs'][number];

interface RunTableProps {
  runs: readonly RunRow[];
  selected: ReadonlySet<string>;
  /** Undefined: nothing is done with a selection. */
  onSelect: ((selected: ReadonlySet<string>) => void) | undefined;
}

/** Runs, one a line. A line keeps its place and its height when its run changes. */
export function RunTable({ runs, selected, onSelect }: RunTableProps): ReactNode {
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect?.(next);
  };
  const isAll = selected.size > 0 && runs.every(({ id }) => selected.has(id));
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {onSelect !== undefined && (
            <th scope="col" className={styles.check}>
              <input
                type="checkbox"
                aria-label="select all runs that are shown"
                checked={isAll}
                onChange={() => onSelect(new Set(isAll ? [] : runs.map(({ id }) => id)))}
              />
            </th>
          )}
          <th scope="col" className={styles.status}>
            Status
          </th>
          <th scope="col" className={styles.pipeline}>
            Pipeline
          </th>
          <th scope="col" className={styles.id}>
            Run
          </th>
          <th scope="col" className={styles.news}>
            What happened
          </th>
          <th scope="col" className={styles.time}>
            Started
          </th>
          <th scope="col" className={styles.took}>
            Took
          </th>
          <th scope="col" className={styles.trigger}>
            Trigger
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Row
            key={run.id}
            run={run}
            isSelected={selected.has(run.id)}
            onToggle={onSelect && toggle}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  run: RunRow;
  isSelected: boolean;
  onToggle: ((id: string) => void) | undefined;
}

function Row({ run, isSelected, onToggle }: RowProps): ReactNode {
  return (
    <tr className={isSelected ? styles.selected : undefined}>
      {onToggle !== undefined && (
        <td className={styles.check}>
          <input
            type="checkbox"
            aria-label={`select ${addressOf(run)} ${shortId(run.id)}`}
            checked={isSelected}
            onChange={() => onToggle(run.id)}
          />
        </td>
      )}
      <td className={styles.status}>
        <StatusMark mark={markOf(run)} />
      </td>
      <td className={styles.pipeline}>
        <Link to="/runs/$runId" params={{ runId: run.id }} className={styles.link}>
          {addressOf(run)}
        </Link>
      </td>
      <td className={styles.id}>
        <code title={run.id}>{shortId(run.id)}</code>
      </td>
      <td className={styles.news} title={run.error ?? undefined}>
        {newsOf(run)}
      </td>
      <td className={styles.time}>
        <Time at={run.started_at ?? run.created_at} />
      </td>
      <td className={styles.took}>
        {run.duration_ms !== null && formatDuration(run.duration_ms)}
        {run.status === 'running' && run.started_at !== null && <Elapsed since={run.started_at} />}
      </td>
      <td className={styles.trigger} title={run.trigger}>
        {run.trigger}
      </td>
    </tr>
  );
}

/** One line: the reason of a failure, how far a run has come, or what it wrote. */
function newsOf(run: RunRow): string {
  if (run.error !== null) {
    const code = run.failure === null ? '' : `${run.failure.code}: `;
    return code + run.error.replaceAll(/\s+/g, ' ');
  }
  if (run.status === 'running' && run.progress !== null)
    return `${run.progress.phase ?? ''} ${Math.floor(run.progress.percent)} %`;
  if (!hasEnded(run.status) || run.rows_written === null) return '';
  return `${formatCount(run.rows_written)} rows`;
}
