import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PipelineLink } from '../../parts/pipeline-link.tsx';
import { shortId } from '../../parts/run-names.ts';
import { countOf } from '../../parts/numbers.ts';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { Elapsed, formatDuration, Time } from '../../time.tsx';
import { RunActions } from './run-actions.tsx';
import { type RunFacts } from './run-facts.ts';
import styles from './run-head.module.css';

/** The first line of a run: what it is, what became of it, and what can be done. */
export function RunHead({ run }: { run: RunFacts }): ReactNode {
  return (
    <header className={styles.head}>
      <h1 className={styles.title}>
        <StatusMark mark={markOf(run)} /> <PipelineLink of={{ ...run, name: run.pipeline }} />
      </h1>
      <RunActions run={run} />
      <p className={styles.facts}>
        <code title={run.id}>{shortId(run.id)}</code>
        <span>v{run.pipeline_version}</span>
        {run.attempt > 0 && (
          <span>
            try {run.attempt} of {run.max_attempts}
          </span>
        )}
        <span>{run.trigger}</span>
        <Time at={run.started_at ?? run.created_at} />
        {run.duration_ms !== null && <span>{formatDuration(run.duration_ms)}</span>}
        {run.status === 'running' && run.started_at !== null && (
          <span className={styles.elapsed}>
            <Elapsed since={run.started_at} />
          </span>
        )}
        {run.queued_ms !== null && run.queued_ms >= 1_000 && (
          <span className={styles.quiet}>waited {formatDuration(run.queued_ms)}</span>
        )}
        {run.rows_written !== null && <span>{countOf(run.rows_written, 'row')} written</span>}
        {run.kind !== 'pipeline' && <span>{run.kind}</span>}
        {run.rerun_of !== null && (
          <Link to="/runs/$runId" params={{ runId: run.rerun_of }}>
            {run.reproduces ? 'reproduces' : 'repeats'} {shortId(run.rerun_of)}
          </Link>
        )}
      </p>
    </header>
  );
}
