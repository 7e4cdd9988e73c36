import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { starterColumns } from '../../automation/starter-columns.tsx';
import { toStarters, type Starter } from '../../automation/starters.ts';
import { queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import styles from './automation-tab.module.css';
import { keyOf, usePlace } from './pipeline-place.ts';
import { VerdictNow, type Source } from './verdict-now.tsx';
import { TimedText } from './timed-text.tsx';
import { useSchedules, useTriggers } from './use-next-time.ts';

/** What starts the pipeline by itself, what it did last, and why it does not run now. */
export function AutomationTab(): ReactNode {
  const place = usePlace();
  const schedules = useSchedules(place);
  const triggers = useTriggers(place);
  const whyNot = useQuery({
    queryKey: [...keyOf(place), 'why-not'],
    queryFn: ({ signal }) => rat.pipelines.getWhyNot(place, { signal }),
    refetchInterval: 30_000,
  });
  return (
    <div className={styles.automation}>
      {whyNot.data !== undefined && (
        <p className={styles.why}>
          <TimedText text={whyNot.data.summary} />
        </p>
      )}
      <Answer of={schedules} rows={3}>
        {({ schedules: timed }) => (
          <Answer of={triggers} rows={3}>
            {({ triggers: watching }) => {
              const all = toStarters(timed, watching);
              const sources = whyNot.data?.sources ?? [];
              return all.length === 0 ? (
                <Empty title="Nothing starts this pipeline by itself">
                  <p>
                    Write a schedule into the pipeline’s <code>automation.yaml</code>, or make one
                    or a trigger by the API.
                  </p>
                </Empty>
              ) : (
                <ListTable
                  rows={all}
                  columns={[
                    ...starterColumns(() => queries.invalidateQueries({ queryKey: keyOf(place) })),
                    nowColumn(sources),
                  ]}
                  keyOf={({ id }) => id}
                  of="schedules and triggers"
                />
              );
            }}
          </Answer>
        )}
      </Answer>
    </div>
  );
}

function nowColumn(sources: readonly Source[]): Column<Starter> {
  return {
    title: 'Now',
    show: ({ kind, name }) => {
      const source = sources.find((one) => one.kind === kind && one.name === name);
      return source && <VerdictNow source={source} />;
    },
  };
}
