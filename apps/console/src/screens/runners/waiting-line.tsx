import type { AnswerOf } from '@rat/contracts';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { messageOf, rat } from '../../client.ts';
import { countOf } from '../../parts/numbers.ts';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { Elapsed, Time } from '../../time.tsx';
import styles from './runners-screen.module.css';

type Page = AnswerOf<'listRuns'>;

/** The oldest waiting runs; more are counted. Each is asked why it waits. */
const SHOWN = 25;
const PAGE = 200;

export function useWaitingRuns(every: number): UseQueryResult<Page> {
  const namespace = useNamespace();
  return useQuery({
    queryKey: ['runs', 'waiting', namespace],
    queryFn: ({ signal }) =>
      rat.runs
        .list({ namespace, status: ['pending'], order: 'asc', limit: PAGE }, { signal })
        .first(),
    refetchInterval: every,
  });
}

/** The runs that wait, oldest first, each with its reasons. */
export function WaitingLine({
  runs,
  total,
  every,
}: {
  runs: Page['runs'];
  total: number;
  every: number;
}): ReactNode {
  // The feed changes runs of this list in their place.
  const waiting = runs.filter(({ status }) => status === 'pending');
  if (waiting.length === 0) return <Empty title="No run waits" />;
  const more = Math.max(total, waiting.length) - Math.min(SHOWN, waiting.length);
  return (
    <>
      <Lines
        of="waiting runs"
        columns={[
          { name: 'Run' },
          { name: 'Pipeline' },
          { name: 'Pool' },
          { name: 'Waits', as: 'number' },
          { name: 'In its line', as: 'number' },
          { name: 'Why', as: 'words' },
          { name: 'Starts about' },
        ]}
      >
        {waiting.slice(0, SHOWN).map((run) => (
          <WaitingRun key={run.id} run={run} every={every} />
        ))}
      </Lines>
      {more > 0 && <p className={styles.quiet}>and {countOf(more, 'newer run')}</p>}
    </>
  );
}

function WaitingRun({ run, every }: { run: Page['runs'][number]; every: number }): ReactNode {
  const why = useQuery({
    queryKey: ['why', run.id],
    queryFn: ({ signal }) => rat.runs.why(run.id, { signal }),
    refetchInterval: every,
  });
  const startsAt = why.data?.estimated_start_at ?? null;
  return (
    <tr>
      <td>
        <RunLink id={run.id} />
      </td>
      <td>
        {run.layer}.{run.pipeline}
      </td>
      <td>{run.pool}</td>
      <NumberCell>
        <Elapsed since={run.created_at} />
      </NumberCell>
      <NumberCell>{why.data?.position}</NumberCell>
      <WordsCell>
        {why.isError
          ? messageOf(why.error)
          : why.data?.reasons.map(({ code, message }) => <p key={code}>{message}</p>)}
      </WordsCell>
      <td>{startsAt !== null && <Time at={startsAt} />}</td>
    </tr>
  );
}
