import type { ReactNode } from 'react';
import type { Column } from '../parts/list-table.tsx';
import { RunLink } from '../parts/run-link.tsx';
import { Time } from '../time.tsx';
import { PauseButton } from './pause-button.tsx';
import styles from './starter-columns.module.css';
import type { Starter } from './starters.ts';

/** The columns of a list of schedules and triggers. `onPaused` reads the list again. */
export function starterColumns(onPaused: () => Promise<unknown>): Column<Starter>[] {
  return [
    {
      title: 'Name',
      show: ({ name, kind }) => (
        <>
          {name} <span className={styles.kind}>{kind}</span>
        </>
      ),
    },
    { title: 'Runs', show: ({ waitsFor }) => waitsFor },
    {
      title: 'Next',
      show: ({ nextAt }) => (nextAt === null ? null : <Time at={nextAt} />),
    },
    { title: 'Last decision', show: ({ lastFiring: last }) => last && <Firing last={last} /> },
    { title: 'Last run', show: ({ lastRunId: id }) => id && <RunLink id={id} /> },
    {
      title: 'Pause',
      show: (starter) => <PauseButton starter={starter} onDone={onPaused} />,
    },
  ];
}

function Firing({ last }: { last: NonNullable<Starter['lastFiring']> }): ReactNode {
  return (
    <>
      {last.outcome}
      {last.reason !== null && ` (${last.reason.replaceAll('_', ' ')})`} <Time at={last.at} />
    </>
  );
}
