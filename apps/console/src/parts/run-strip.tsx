import type { RunDisposition, RunStatus } from '@rat/domain';
import { Link } from '@tanstack/react-router';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { formatDuration, formatTime, useZone } from '../time.tsx';
import styles from './run-strip.module.css';
import { markOf, StatusMark } from './status-mark.tsx';

/** A run in a strip. */
export interface StripRun {
  id: string;
  status: RunStatus;
  created_at: string;
  duration_ms: number | null;
  disposition: RunDisposition | null;
}

/**
 * The newest runs as glyphs, the newest at the right, each a link. The strip is one stop of the Tab key; the arrow keys move in
 * it.
 */
export function RunStrip({
  runs,
  label,
}: {
  /** Newest first, as the API lists them. */
  runs: readonly StripRun[];
  label: string;
}): ReactNode {
  const zone = useZone();
  const [focused, setFocused] = useState<string>();
  const stop = runs.some(({ id }) => id === focused) ? focused : runs[0]?.id;
  if (runs.length === 0) return <span className={styles.none}>no run yet</span>;
  return (
    <ul aria-label={label} className={styles.strip}>
      {runs.toReversed().map((run) => {
        const { id, created_at: at, duration_ms: ms } = run;
        const to: string = `/runs/${id}`;
        const took = ms === null ? '' : `, ${formatDuration(ms)}`;
        return (
          <li key={id}>
            <Link
              to={to}
              className={styles.run}
              tabIndex={id === stop ? 0 : -1}
              preload={false}
              title={`${markOf(run)} ${formatTime(at, 'full', zone)}${took}`}
              onFocus={() => setFocused(id)}
              onKeyDown={moveFocus}
            >
              <StatusMark mark={markOf(run)} isBare />
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** Left and right go one run further, Home and End to the ends. */
function moveFocus(event: KeyboardEvent<HTMLAnchorElement>): void {
  const links = [...(event.currentTarget.closest('ul')?.querySelectorAll('a') ?? [])];
  const here = links.findIndex((link) => link === document.activeElement);
  const places: Record<string, number> = {
    ArrowLeft: here - 1,
    ArrowRight: here + 1,
    Home: 0,
    End: links.length - 1,
  };
  const next = links[places[event.key] ?? -1];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
