import type { ReactNode } from 'react';
import { useFeedState } from '../live/feed-state.ts';
import { formatTime, useNow, useZone } from '../time.tsx';
import styles from './live-chip.module.css';

/** A connection that returns at once is no news. */
const QUIET_MS = 3_000;
const STALE_MS = 15_000;

/** Whether what the screens show is live. */
export function LiveChip(): ReactNode {
  const { link, hasBeenLive, lostAt } = useFeedState();
  const zone = useZone();
  const lostFor = useNow(1_000) - (lostAt ?? Infinity);
  if (lostFor > STALE_MS && lostAt !== undefined) {
    return (
      <output className={`${styles.chip} ${styles.stale}`}>
        ○ stale since {formatTime(new Date(lostAt), 'minute', zone)}
      </output>
    );
  }
  const isQuiet = link === 'live' || (hasBeenLive && lostFor <= QUIET_MS);
  return (
    <output className={`${styles.chip} ${isQuiet ? styles.live : ''}`}>
      {isQuiet ? '● live' : hasBeenLive ? '○ reconnecting' : '○ connecting'}
    </output>
  );
}
