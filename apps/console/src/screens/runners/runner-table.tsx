import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { queries, rat } from '../../client.ts';
import { countOf } from '../../parts/numbers.ts';
import { Consent } from '../../parts/consent.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Lines } from '../../parts/lines.tsx';
import { useMay } from '../../parts/may.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { shortId } from '../../parts/run-names.ts';
import { formatAge, Time, useNow } from '../../time.tsx';
import styles from './runners-screen.module.css';

type Runner = AnswerOf<'listRunners'>['runners'][number];

/** A runner renews its heartbeat much more often. */
const OLD_MS = 15_000;

/** The live runners, each with its heartbeat and its runs. */
export function RunnerTable({ runners }: { runners: readonly Runner[] }): ReactNode {
  const mayDrain = useMay('operator');
  if (runners.length === 0)
    return (
      <Empty title="No runner is live: no run can start">
        <p>
          Start one: <code>npm run runner</code>
        </p>
      </Empty>
    );
  return (
    <Lines
      of="live runners"
      columns={[
        { name: 'Runner' },
        { name: 'Pools' },
        { name: 'Slots in use' },
        { name: 'Heartbeat' },
        { name: 'Started' },
        { name: 'Version' },
        { name: 'Its runs' },
        { name: mayDrain ? 'Act' : 'State' },
      ]}
    >
      {runners.map((runner) => (
        <tr key={runner.id}>
          <th scope="row">{runner.id}</th>
          <td>{runner.pools.join(', ')}</td>
          <td>
            <span className={styles.slots}>
              <meter
                aria-label={`slots of ${runner.id} in use`}
                max={runner.slots}
                value={runner.slots_used}
              />
              {runner.slots_used} of {runner.slots}
            </span>
          </td>
          <td>
            <Heartbeat at={runner.last_heartbeat_at} />
          </td>
          <td>
            <Time at={runner.started_at} />
          </td>
          <td>{runner.version}</td>
          <td>
            <RunsOf runner={runner} />
          </td>
          <td>
            <DrainAct runner={runner} mayDrain={mayDrain} />
          </td>
        </tr>
      ))}
    </Lines>
  );
}

function Heartbeat({ at }: { at: string }): ReactNode {
  const now = useNow(1_000);
  const isOld = now - new Date(at).getTime() > OLD_MS;
  return <span className={isOld ? styles.old : undefined}>{formatAge(at, now)}</span>;
}

function RunsOf({ runner }: { runner: Runner }): ReactNode {
  if (runner.runs.length === 0) return <span className={styles.quiet}>none</span>;
  return (
    <ul className={styles.runs}>
      {runner.runs.map(({ id, layer, pipeline, attempt }) => (
        <li key={id}>
          <RunLink id={id}>
            {layer}.{pipeline} <code>{shortId(id)}</code>
          </RunLink>
          {attempt > 1 && ` try ${attempt}`}
        </li>
      ))}
    </ul>
  );
}

function DrainAct({ runner, mayDrain }: { runner: Runner; mayDrain: boolean }): ReactNode {
  if (runner.draining) return 'draining: takes no more runs';
  if (!mayDrain) return <span className={styles.quiet}>takes runs</span>;
  return (
    <Consent
      label="Drain…"
      title={`Drain ${runner.id}?`}
      act="Drain"
      onConsent={async () => {
        await rat.runners.drain(runner.id);
        await queries.invalidateQueries({ queryKey: ['runners'] });
      }}
    >
      {runner.runs.length === 0
        ? 'It takes no more runs, and stops.'
        : `It finishes its ${countOf(runner.runs.length, 'run')}, takes no more, and stops.`}{' '}
      Runs of a pool that no other runner serves wait until one is started.
    </Consent>
  );
}
