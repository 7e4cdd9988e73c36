import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf } from '@rat/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { addressOf } from '../../parts/run-names.ts';
import { StatusMark } from '../../parts/status-mark.tsx';
import { Time } from '../../time.tsx';
import styles from './overview.module.css';
import { useFailure } from './use-failure.ts';
import { OVERVIEW, type Health, type HealthRow } from './use-health.ts';

const SHOWN = 8;

interface NeedsYouProps {
  namespace: string | undefined;
  health: UseQueryResult<Health>;
}

/** Pipelines whose newest run failed, rows that wait for a decision, and an installation without a runner. */
export function NeedsYou({ namespace, health }: NeedsYouProps): ReactNode {
  const held = useQuery({
    queryKey: [OVERVIEW, 'quarantined', namespace],
    queryFn: ({ signal }) =>
      rat.runs.list({ namespace, disposition: 'quarantined', limit: SHOWN }, { signal }).first(),
  });
  const ready = useQuery({
    queryKey: [OVERVIEW, 'ready'],
    queryFn: ({ signal }) => rat.system.ready({ signal, retries: 0 }),
  });
  return (
    <section aria-label="needs you">
      <h2>Needs you</h2>
      <Answer of={held} rows={2}>
        {({ runs }) => (
          <Answer of={health} rows={2}>
            {({ pipelines }) => (
              <Needs waiting={runs} pipelines={pipelines} isDown={ready.isError} />
            )}
          </Answer>
        )}
      </Answer>
    </section>
  );
}

interface NeedsProps {
  /** Runs whose rows wait for a decision. */
  waiting: AnswerOf<'listRuns'>['runs'];
  pipelines: readonly HealthRow[];
  isDown: boolean;
}

function Needs({ waiting, pipelines, isDown }: NeedsProps): ReactNode {
  const failing = pipelines.filter((row) => {
    const last = lastEnded(row);
    return (
      last?.status === 'failed' &&
      last.disposition !== 'quarantined' &&
      last.disposition !== 'published'
    );
  });
  const isQuiet = failing.length === 0 && waiting.length === 0 && !isDown;
  return (
    <>
      {isQuiet && <p className={styles.quiet}>nothing: no pipeline fails, and no rows wait</p>}
      <ul className={styles.needs}>
        {isDown && (
          <li className={styles.line}>
            <span className={styles.alarm}>! not ready</span>
            <span>A run that is started now would wait: no live runner, or a service is down.</span>
          </li>
        )}
        {failing.slice(0, SHOWN).map((row) => (
          <Failing key={row.id} row={row} />
        ))}
        {failing.length > SHOWN && (
          <li>
            <Link to="/runs" search={{ status: 'failed' }}>
              {failing.length - SHOWN} further pipelines fail
            </Link>
          </li>
        )}
        {waiting.map((run) => (
          <li key={run.id} className={styles.line}>
            <StatusMark mark="quarantined" />
            <Link to="/runs/$runId" params={{ runId: run.id }}>
              {addressOf(run)}
            </Link>
            <Time at={run.created_at} />
            <span className={styles.reason}>its rows wait for a decision</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Failing({ row }: { row: HealthRow }): ReactNode {
  const last = lastEnded(row);
  const failure = useFailure(last?.id);
  if (last === undefined) return null;
  const count = failsInARow(row);
  return (
    <li className={styles.line}>
      <StatusMark mark="failed" />
      <Link to="/runs/$runId" params={{ runId: last.id }}>
        {addressOf({ ...row, pipeline: row.name })}
      </Link>
      <Time at={last.created_at} />
      {count > 1 && <span className={styles.reason}>{count} runs in a row</span>}
      <span className={styles.failure} title={failure}>
        {failure}
      </span>
    </li>
  );
}

function lastEnded({
  health,
}: HealthRow): NonNullable<HealthRow['health']>['runs'][number] | undefined {
  return health?.runs.find(({ status }) => status === 'failed' || status === 'success');
}

/** How many of the newest runs failed, one after the other. */
function failsInARow({ health }: HealthRow): number {
  const ended = (health?.runs ?? []).filter(({ status }) => status !== 'cancelled');
  const first = ended.findIndex(({ status }) => status === 'success');
  const failed = (first === -1 ? ended : ended.slice(0, first)).filter(
    ({ status }) => status === 'failed',
  );
  return failed.length;
}
