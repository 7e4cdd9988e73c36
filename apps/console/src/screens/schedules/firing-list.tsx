import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import type { Starter } from '../../automation/starters.ts';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { formatDuration, Time } from '../../time.tsx';

type Firing = AnswerOf<'listFirings'>['firings'][number];

const NEWEST = 50;

/** What became of the newest times or changes of a schedule or a trigger, those without a run too. */
export function FiringList({ starter: { id, kind, name } }: { starter: Starter }): ReactNode {
  const firings = useQuery({
    queryKey: ['firings', kind, id],
    queryFn: ({ signal }) =>
      (kind === 'schedule' ? rat.schedules : rat.triggers)
        .firings(id, { limit: NEWEST }, { signal })
        .first(),
    refetchInterval: 30_000,
  });
  return (
    <Answer of={firings} rows={6}>
      {(page) =>
        page.firings.length === 0 ? (
          <p>It has not fired yet.</p>
        ) : (
          <ListTable
            of={`firings of ${name}`}
            rows={page.firings}
            columns={COLUMNS}
            keyOf={(firing) => firing.id}
          />
        )
      }
    </Answer>
  );
}

const COLUMNS: Column<Firing>[] = [
  { title: 'Decided', show: ({ decided_at: at }) => <Time at={at} /> },
  { title: 'For', show: ({ scheduled_for: at }) => at && <Time at={at} form="full" /> },
  {
    title: 'Outcome',
    show: ({ outcome, reason, count }) => (
      <>
        {outcome}
        {reason !== null && ` (${reason.replaceAll('_', ' ')})`}
        {count > 1 && ` ×${count}`}
      </>
    ),
  },
  { title: 'Late', as: 'number', show: ({ lag_ms: ms }) => ms !== null && formatDuration(ms) },
  { title: 'Run', show: ({ run_id: run }) => run && <RunLink id={run} /> },
];
