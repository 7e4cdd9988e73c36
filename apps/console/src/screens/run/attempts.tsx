import type { ReactNode } from 'react';
import { formatBytes, formatCount } from '../../parts/numbers.ts';
import { StatusMark } from '../../parts/status-mark.tsx';
import { formatDuration, Time } from '../../time.tsx';
import styles from './attempts.module.css';
import type { RunLogState } from './log/run-log.ts';
import type { RunFacts } from './run-facts.ts';

type Attempt = RunFacts['attempts'][number];
type PhaseFacts = Pick<Attempt['phases'][number], 'name' | 'duration_ms' | 'rows' | 'bytes'> & {
  status: 'started' | 'success' | 'failed' | 'cancelled';
};

/** The tries of a run, the newest first, each with its phases. Earlier ones are folded. */
export function Attempts({ run, log }: { run: RunFacts; log: RunLogState }): ReactNode {
  const [newest, ...earlier] = run.attempts.toReversed();
  if (newest === undefined) return null;
  return (
    <section aria-label="tries" className={styles.attempts}>
      <AttemptRow
        attempt={newest}
        phases={newest.finished_at === null ? livePhases(log) : newest.phases}
        progress={newest.finished_at === null ? log.progress?.percent : undefined}
      />
      {earlier.length > 0 && (
        <details>
          <summary>
            {earlier.length} earlier {earlier.length === 1 ? 'try' : 'tries'}
          </summary>
          {earlier.map((attempt) => (
            <div key={attempt.attempt}>
              <AttemptRow attempt={attempt} phases={attempt.phases} progress={undefined} />
              {attempt.failure !== null && (
                <p className={styles.failure}>
                  {attempt.failure.code}: {attempt.failure.message}
                </p>
              )}
            </div>
          ))}
        </details>
      )}
    </section>
  );
}

/** The phases of a try that is under way, as far as the stream has reported. */
function livePhases({ phases }: RunLogState): readonly PhaseFacts[] {
  return phases.map((phase) =>
    phase.status === 'started' ? { name: phase.name, status: 'started', duration_ms: 0 } : phase,
  );
}

interface AttemptRowProps {
  attempt: Attempt;
  phases: readonly PhaseFacts[];
  progress: number | undefined;
}

function AttemptRow({ attempt, phases, progress }: AttemptRowProps): ReactNode {
  return (
    <div className={styles.attempt}>
      <span className={styles.label}>
        try {attempt.attempt} <Time at={attempt.started_at} />
      </span>
      <ol className={styles.phases}>
        {phases.map((phase) => (
          <li
            key={phase.name}
            className={`${styles.phase} ${styles[phase.status]}`}
            // As wide as it took long, and never too narrow to read.
            style={{ flexGrow: Math.sqrt(phase.duration_ms + 1) }}
          >
            <span className={styles.name}>
              {phase.status === 'failed' ? '✕ ' : phase.status === 'started' ? '▶ ' : ''}
              {phase.name}
            </span>
            <span className={styles.figures}>{describe(phase, progress)}</span>
          </li>
        ))}
      </ol>
      <span className={styles.outcome}>
        {attempt.outcome === null ? <StatusMark mark="running" /> : attempt.outcome}
      </span>
    </div>
  );
}

function describe({ status, duration_ms, rows, bytes }: PhaseFacts, progress?: number): string {
  if (status === 'started') return progress === undefined ? 'now' : `${Math.floor(progress)} %`;
  const facts = [formatDuration(duration_ms)];
  if (rows !== undefined) facts.push(`${formatCount(rows)} rows`);
  if (bytes !== undefined) facts.push(formatBytes(bytes));
  return facts.join(' · ');
}
