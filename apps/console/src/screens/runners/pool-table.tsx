import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { messageOf, rat } from '../../client.ts';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { Elapsed } from '../../time.tsx';
import type { Pool } from './count-pools.ts';
import styles from './runners-screen.module.css';

/** What each pool can do, and what waits for it. */
export function PoolTable({
  pools,
  every,
}: {
  pools: readonly Pool[];
  /** Milliseconds between two looks at what waits. */
  every: number;
}): ReactNode {
  if (pools.length === 0)
    return (
      <Empty title="No runner is live, and no run waits for one">
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
        <PoolLine key={pool.name} pool={pool} every={every} />
      ))}
    </Lines>
  );
}

function PoolLine({ pool, every }: { pool: Pool; every: number }): ReactNode {
  const { name, runners, slots, slotsUsed } = pool;
  const waiting = useQuery({
    queryKey: ['pool-waiting', name],
    queryFn: ({ signal }) =>
      rat.runs
        .list({ pool: name, status: ['pending'], order: 'asc', limit: 1 }, { signal })
        .first(),
    refetchInterval: every,
  });
  const oldest = waiting.data?.runs[0];
  const total = waiting.data?.total;
  return (
    <tr>
      <th scope="row">{name}</th>
      <WordsCell>
        {waiting.isError ? (
          <span className={styles.unserved}>{messageOf(waiting.error)}</span>
        ) : runners > 0 ? (
          <span className={styles.quiet}>served</span>
        ) : (
          <span className={styles.unserved}>
            ✕ no runner serves it
            {total !== undefined && total > 0 && `: ${countOf(total, 'run')} cannot start`}
          </span>
        )}
      </WordsCell>
      <NumberCell>{formatCount(runners)}</NumberCell>
      <td>
        {slots === 0 ? (
          <span className={styles.quiet}>none</span>
        ) : (
          <span className={styles.slots}>
            <meter aria-label={`slots of ${name} in use`} max={slots} value={slotsUsed} />
            {slotsUsed} of {slots}
          </span>
        )}
      </td>
      <NumberCell>{total === undefined ? '' : formatCount(total)}</NumberCell>
      <NumberCell>{oldest !== undefined && <Elapsed since={oldest.created_at} />}</NumberCell>
    </tr>
  );
}
