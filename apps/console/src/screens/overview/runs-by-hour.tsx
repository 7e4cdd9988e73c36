import { Link } from '@tanstack/react-router';
import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { Answer } from '../../parts/answer.tsx';
import { countOf } from '../../parts/numbers.ts';
import { formatTime, useZone } from '../../time.tsx';
import styles from './overview.module.css';
import { useStats } from './use-stats.ts';

type Point = AnswerOf<'getRunStats'>['points'][number];

const HOUR_MS = 3_600_000;
const HEIGHT = 64;
/** From the bottom up. */
const STACK = ['success', 'cancelled', 'failed', 'running', 'pending'] as const;

/** The runs of the last day, a bar for each hour. A bar opens the runs of its hour. */
export function RunsByHour({ namespace }: { namespace: string | undefined }): ReactNode {
  const stats = useStats(namespace);
  const zone = useZone();
  return (
    <section aria-label="runs by hour">
      <h2>Runs by hour</h2>
      <Answer of={stats} rows={3}>
        {({ points }) => {
          const most = Math.max(1, ...points.map(totalOf));
          return (
            <ol className={styles.hours}>
              {points.toReversed().map((point) => (
                <li key={point.at}>
                  <Link
                    to="/runs"
                    search={{
                      from: point.at,
                      to: new Date(Date.parse(point.at) + HOUR_MS).toISOString(),
                    }}
                    className={styles.hour}
                    aria-label={describe(point, formatTime(point.at, 'minute', zone))}
                    title={describe(point, formatTime(point.at, 'minute', zone))}
                  >
                    <span className={styles.stack} style={{ height: HEIGHT }}>
                      {STACK.map((status) => (
                        <span
                          key={status}
                          className={styles[status]}
                          style={{ height: heightOf(point[status], most) }}
                        />
                      ))}
                    </span>
                    <span className={styles.tick}>{tickOf(point, zone)}</span>
                  </Link>
                </li>
              ))}
            </ol>
          );
        }}
      </Answer>
    </section>
  );
}

function totalOf(point: Point): number {
  return STACK.reduce((sum, status) => sum + point[status], 0);
}

/** A single run among thousands is still seen. */
function heightOf(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(2, Math.round((count / most) * HEIGHT));
}

/** Every third hour has its name. */
function tickOf({ at }: Point, zone: 'local' | 'utc'): string {
  const text = formatTime(at, 'minute', zone);
  return Number(text.slice(0, 2)) % 3 === 0 ? text : '';
}

function describe(point: Point, at: string): string {
  const parts = STACK.filter((status) => point[status] > 0).map(
    (status) => `${point[status]} ${status}`,
  );
  return `${at}: ${countOf(totalOf(point), 'run')}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}
