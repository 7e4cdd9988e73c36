import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PipelineLink } from '../../parts/pipeline-link.tsx';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { formatDuration, formatTime, Time, useZone } from '../../time.tsx';
import styles from './overview.module.css';
import type { Health, HealthRow } from './use-health.ts';

/** Each pipeline with its last runs, the newest at the right. */
export function PipelineHealth({ health }: { health: UseQueryResult<Health> }): ReactNode {
  return (
    <section aria-label="pipelines">
      <h2>Pipelines</h2>
      <Answer of={health} rows={8}>
        {({ pipelines }) => (pipelines.length === 0 ? <NoPipelines /> : <Rows rows={pipelines} />)}
      </Answer>
    </section>
  );
}

function NoPipelines(): ReactNode {
  return (
    <Empty title="There is no pipeline yet">
      <p>Make one, or load the demo:</p>
      <pre>
        {`mkdir -p mine/pipelines/default/gold/first
echo "SELECT 1 AS n" > mine/pipelines/default/gold/first/pipeline.sql
rat apply mine && rat run gold.first

npm run seed`}
      </pre>
    </Empty>
  );
}

function Rows({ rows }: { rows: readonly HealthRow[] }): ReactNode {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Pipeline</th>
          <th scope="col" className={styles.state}>
            Last run
          </th>
          <th scope="col" className={styles.when}>
            Started
          </th>
          <th scope="col" className={styles.strip}>
            Last 30 runs
          </th>
          <th scope="col" className={styles.figure} title="half of the successful runs take less">
            p50
          </th>
          <th scope="col" className={styles.figure} title="95 % of the successful runs take less">
            p95
          </th>
          <th scope="col" className={styles.tests}>
            Tests
          </th>
          <th scope="col" className={styles.next}>
            Next
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: HealthRow }): ReactNode {
  const { health } = row;
  const last = health?.runs[0];
  const tests = health?.tests;
  const next = health?.next_fire_at ?? undefined;
  const wrong = tests === undefined || tests === null ? 0 : tests.failed + tests.error;
  return (
    <tr>
      <td>
        <PipelineLink of={row} />
      </td>
      <td>
        {last !== undefined && (
          <Link to="/runs/$runId" params={{ runId: last.id }} className={styles.bare}>
            <StatusMark mark={markOf(last)} />
          </Link>
        )}
      </td>
      <td className={styles.when}>{last !== undefined && <Time at={last.created_at} />}</td>
      <td className={styles.strip}>{health !== undefined && <Strip runs={health.runs} />}</td>
      <td className={styles.figure}>{durationOf(health?.p50_ms)}</td>
      <td className={styles.figure}>{durationOf(health?.p95_ms)}</td>
      <td className={styles.tests}>
        {tests !== undefined && tests !== null && (
          <span className={wrong > 0 ? styles.alarm : undefined}>
            {wrong > 0 ? `✕ ${wrong} of ` : '✓ '}
            {tests.passed + tests.failed + tests.warned + tests.error}
          </span>
        )}
      </td>
      <td className={styles.next}>{next !== undefined && <Time at={next} />}</td>
    </tr>
  );
}

function Strip({ runs }: { runs: NonNullable<HealthRow['health']>['runs'] }): ReactNode {
  const zone = useZone();
  return (
    <span className={styles.marks}>
      {runs.toReversed().map((run) => (
        <Link
          key={run.id}
          to="/runs/$runId"
          params={{ runId: run.id }}
          className={styles.bare}
          title={`${markOf(run)}, ${formatTime(run.created_at, 'full', zone)}`}
        >
          <StatusMark mark={markOf(run)} isBare />
        </Link>
      ))}
    </span>
  );
}

function durationOf(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '' : formatDuration(ms);
}
