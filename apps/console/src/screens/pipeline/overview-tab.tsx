import type { ReactNode } from 'react';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { formatDuration } from '../../time.tsx';
import { statsOf } from './duration-stats.ts';
import { HourMap } from './hour-map.tsx';
import { LastFailure } from './last-failure.tsx';
import styles from './overview-tab.module.css';
import { usePlace, type TaggedPipeline } from './pipeline-place.ts';
import { RunBars } from './run-bars.tsx';
import { useNewestRuns, type Run } from './use-newest-runs.ts';

/** How the pipeline goes: its newest runs, why the last one failed, and when it runs. */
export function OverviewTab({ pipeline }: { pipeline: TaggedPipeline['pipeline'] }): ReactNode {
  const place = usePlace();
  const newest = useNewestRuns(place);
  const { description, owner, config } = pipeline;
  return (
    <div className={styles.overview}>
      {description !== '' && <p className={styles.description}>{description}</p>}
      <Answer of={newest} rows={8}>
        {({ runs }) =>
          runs.length === 0 ? (
            <Empty title="This pipeline has not run yet">
              <p>Press Run, or look at what starts it under Automation.</p>
            </Empty>
          ) : (
            <Runs runs={runs} />
          )
        }
      </Answer>
      <HourMap place={place} />
      <dl className={styles.settings}>
        <Fact name="merge strategy">{config.merge_strategy ?? 'full_refresh'}</Fact>
        {config.unique_key !== undefined && (
          <Fact name="unique key">{[config.unique_key].flat().join(', ')}</Fact>
        )}
        {owner !== null && <Fact name="owner">{owner}</Fact>}
      </dl>
    </div>
  );
}

function Runs({ runs }: { runs: readonly Run[] }): ReactNode {
  const { p50Ms, p95Ms, succeeded, ended } = statsOf(runs);
  const [last] = runs.filter(({ finished_at: at }) => at !== null);
  return (
    <>
      {last?.status === 'failed' && <LastFailure run={last} />}
      <dl className={styles.facts}>
        <Fact name="succeeded">
          {succeeded} of {ended}
        </Fact>
        <Fact name="p50">{p50Ms === undefined ? '–' : formatDuration(p50Ms)}</Fact>
        <Fact name="p95">{p95Ms === undefined ? '–' : formatDuration(p95Ms)}</Fact>
      </dl>
      <div className={styles.charts}>
        <RunBars
          title="Duration of the newest 30 runs"
          runs={runs}
          valueOf={({ duration_ms: ms }) => ms}
          print={formatDuration}
        />
        <RunBars
          title="Rows written by the newest 30 runs"
          runs={runs}
          valueOf={({ rows_written: rows }) => rows}
          print={(rows) => `${formatCount(rows)} rows`}
        />
      </div>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
