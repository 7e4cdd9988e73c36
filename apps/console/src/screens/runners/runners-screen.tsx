import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { PoolTable } from './pool-table.tsx';
import { RunnerTable } from './runner-table.tsx';
import styles from './runners-screen.module.css';
import { useWaitingRuns, WaitingLine } from './waiting-line.tsx';

/** Heartbeats are no events. */
const REFRESH_MS = 5_000;

/** Who executes runs, and which runs wait for them. */
export function RunnersScreen(): ReactNode {
  const runners = useQuery({
    queryKey: ['runners'],
    queryFn: ({ signal }) => rat.runners.list({ signal }),
    refetchInterval: REFRESH_MS,
  });
  const pools = useQuery({
    queryKey: ['runners', 'pools'],
    queryFn: ({ signal }) => rat.pools.list({ signal }),
    refetchInterval: REFRESH_MS,
  });
  const waiting = useWaitingRuns(REFRESH_MS);
  return (
    <>
      <ScreenHead title="Runners">
        <a href="/board">Board of the queues</a>
      </ScreenHead>
      <div className={styles.sections}>
        <section aria-labelledby="pools">
          <h2 id="pools">Pools</h2>
          <Answer of={pools} rows={2}>
            {(answer) => <PoolTable pools={answer.pools} />}
          </Answer>
        </section>
        <section aria-labelledby="runners">
          <h2 id="runners">Live runners</h2>
          <Answer of={runners} rows={3}>
            {(answer) => <RunnerTable runners={answer.runners} />}
          </Answer>
        </section>
        <section aria-labelledby="line">
          <h2 id="line">Waiting runs</h2>
          <Answer of={waiting} rows={6}>
            {(page) => <WaitingLine runs={page.runs} total={page.total} every={REFRESH_MS} />}
          </Answer>
        </section>
      </div>
    </>
  );
}
