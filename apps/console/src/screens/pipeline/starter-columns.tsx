import type { ReactNode } from 'react';
import type { Column } from '../../parts/list-table.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Time } from '../../time.tsx';
import { PauseButton } from './pause-button.tsx';
import type { Place } from './pipeline-place.ts';
import styles from './starter-columns.module.css';
import type { Source, Starter } from './starters.ts';

export function starterColumns(place: Place): Column<Starter>[] {
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
    { title: 'Now', show: ({ whyNot }) => whyNot && <Now source={whyNot} /> },
    {
      title: 'Pause',
      as: 'words',
      show: (starter) => <PauseButton place={place} starter={starter} />,
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

/** Verdicts of which the line says everything already. */
const PLAIN = new Set<string>(['will_fire', 'paused']);

function Now({ source }: { source: Source }): ReactNode {
  const { verdict, since, until, missing } = source;
  if (PLAIN.has(verdict)) return verdict.replaceAll('_', ' ');
  return (
    <>
      {verdict.replaceAll('_', ' ')}
      {since !== null && (
        <>
          {' since '}
          <Time at={since} />
        </>
      )}
      {until !== null && (
        <>
          {' until '}
          <Time at={until} />
        </>
      )}
      {missing.length > 0 && `: no news of ${missing.map(({ input }) => input).join(', ')}`}
    </>
  );
}
