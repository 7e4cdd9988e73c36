import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { Elapsed } from '../../time.tsx';
import styles from './runners-screen.module.css';

type Pool = AnswerOf<'listPools'>['pools'][number];

/** What each pool can do, and what waits for it. */
export function PoolTable({ pools }: { pools: readonly Pool[] }): ReactNode {
  if (pools.length === 0)
    return (
      <Empty title="No runner is live, and no pipeline or run needs one">
        <p>
          Start one: <code>npm run runner</code>
        </p>
      </Empty>
    );
  return (
    <Lines
      of="pools"
      columns={[
        { name: 'Pool' },
        { name: 'State', as: 'words' },
        { name: 'Runners', as: 'number' },
        { name: 'Slots in use' },
        { name: 'Waiting', as: 'number' },
        { name: 'Oldest', as: 'number' },
      ]}
    >
      {pools.map((pool) => (
        <PoolLine key={pool.name} pool={pool} />
      ))}
    </Lines>
  );
}

function PoolLine({ pool }: { pool: Pool }): ReactNode {
  const { name, runners, slots, waiting } = pool;
  return (
    <tr>
      <th scope="row">{name}</th>
      <WordsCell>
        <PoolWords pool={pool} />
      </WordsCell>
      <NumberCell>{formatCount(runners)}</NumberCell>
      <td>
        {slots === 0 ? (
          <span className={styles.quiet}>none</span>
        ) : (
          <span className={styles.slots}>
            <meter aria-label={`slots of ${name} in use`} max={slots} value={pool.slots_used} />
            {pool.slots_used} of {slots}
          </span>
        )}
      </td>
      <NumberCell>{formatCount(waiting)}</NumberCell>
      <NumberCell>
        {pool.oldest_waiting_since !== null && <Elapsed since={pool.oldest_waiting_since} />}
      </NumberCell>
    </tr>
  );
}

function PoolWords({ pool }: { pool: Pool }): ReactNode {
  const { runners, waiting, unserved } = pool;
  if (!unserved)
    return <span className={styles.quiet}>{runners > 0 ? 'served' : 'its runners drain'}</span>;
  return (
    <span className={styles.unserved}>
      ✕ no runner serves it
      {waiting > 0 && `: ${countOf(waiting, 'run')} cannot start`}
    </span>
  );
}
