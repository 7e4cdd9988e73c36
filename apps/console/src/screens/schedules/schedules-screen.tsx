import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { starterColumns } from '../../automation/starter-columns.tsx';
import { toStarters, type Starter } from '../../automation/starters.ts';
import { queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import { countOf } from '../../parts/numbers.ts';
import { PipelineLink } from '../../parts/pipeline-link.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { parseSchedulesUrl } from '../../url/schedules-url.ts';
import { FiringList } from './firing-list.tsx';
import { NextTimes } from './next-times.tsx';

/** The largest page of the API. */
const MOST = 200;
const KEY = ['schedules-and-triggers'];

/** Everything that starts pipelines by itself: when it fires next, what it did last, and its history. */
export function SchedulesScreen(): ReactNode {
  const url = parseSchedulesUrl(useSearch({ strict: false }));
  const namespace = useNamespace();
  const found = useQuery({
    queryKey: [...KEY, namespace],
    queryFn: async ({ signal }) => {
      const [timed, watching] = await Promise.all([
        rat.schedules.list({ namespace, limit: MOST }, { signal }).first(),
        rat.triggers.list({ namespace, limit: MOST }, { signal }).first(),
      ]);
      return {
        starters: toStarters(timed.schedules, watching.triggers),
        total: timed.total + watching.total,
      };
    },
    refetchInterval: 30_000,
  });
  return (
    <>
      <h1>Schedules</h1>
      <Answer of={found} rows={12}>
        {({ starters, total }) => {
          const chosen = starters.find(({ id, kind }) => id === url.of && kind === url.kind);
          return starters.length === 0 ? (
            <Empty title="Nothing runs by itself yet">
              <p>
                Write a schedule or a trigger into the <code>automation.yaml</code> of a pipeline,
                or:{' '}
                <code>rat schedules set silver.orders nightly --cron &quot;30 2 * * *&quot;</code>
              </p>
            </Empty>
          ) : (
            <>
              <p>
                {starters.length < total && `The first ${starters.length} of `}
                {countOf(total, 'schedule or trigger', 'schedules and triggers')}
              </p>
              <ListTable
                of="schedules and triggers"
                rows={starters}
                columns={COLUMNS}
                keyOf={({ id }) => id}
              />
              {chosen !== undefined && (
                <>
                  <h2>{chosen.name}</h2>
                  {chosen.kind === 'schedule' && <NextTimes id={chosen.id} />}
                  <FiringList starter={chosen} />
                </>
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
}

const [name, ...others] = starterColumns(() => queries.invalidateQueries({ queryKey: KEY }));

const COLUMNS: Column<Starter>[] = [
  ...(name === undefined ? [] : [name]),
  { title: 'Pipeline', show: ({ pipeline }) => <PipelineLink of={pipeline} /> },
  ...others,
  {
    title: 'History',
    show: ({ id, kind, name: of }) => (
      <Link
        to="."
        search={(before) => ({ ...before, of: id, kind })}
        resetScroll={false}
        aria-label={`history of ${of}`}
      >
        History
      </Link>
    ),
  },
];
