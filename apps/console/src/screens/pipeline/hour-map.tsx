import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { formatTime, useNow, useZone, type Zone } from '../../time.tsx';
import styles from './hour-map.module.css';
import { keyOf, type Place } from './pipeline-place.ts';

type Point = AnswerOf<'getRunStats'>['points'][number];

const DAYS = 7;
const HOUR_MS = 3_600_000;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** How many runs each hour of the last days had, and how many of them failed. A cell leads to its runs. */
export function HourMap({ place }: { place: Place }): ReactNode {
  const zone = useZone();
  const { namespace, layer, name } = place;
  const stats = useQuery({
    queryKey: [...keyOf(place), 'hours'],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - DAYS * 24 * HOUR_MS);
      return rat.runs.stats({ bucket: 'hour', namespace, layer, pipeline: name, from }, { signal });
    },
    refetchInterval: 60_000,
  });
  const days = groupByDay(stats.data?.points ?? [], zone);
  const map = useRef<HTMLElement>(null);
  const hasDays = days.length > 0;
  // On a narrow screen the map scrolls sideways: it begins at the hour that it is now.
  useLayoutEffect(() => {
    const element = map.current;
    const now = element?.querySelector<HTMLElement>('[aria-current=time]');
    if (!hasDays || !element || !now) return;
    element.scrollLeft = now.offsetLeft + now.offsetWidth - element.clientWidth;
  }, [hasDays]);
  const thisHour = hourOf(new Date(useNow(60_000)).toISOString(), zone);
  if (days.length === 0) return null;
  return (
    <section ref={map} className={styles.map}>
      <h2>Runs by hour of the last {DAYS} days</h2>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {HOURS.map((hour) => (
              <th
                key={hour}
                scope="col"
                className={styles.hour}
                aria-current={hour === thisHour ? 'time' : undefined}
              >
                {String(hour).padStart(2, '0')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map(([day, points]) => (
            <tr key={day}>
              <th scope="row" className={styles.day}>
                {day}
              </th>
              {HOURS.map((hour) => (
                <td key={hour} className={styles.cell}>
                  <Hour point={points.get(hour)} place={place} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Hour({ point, place }: { point: Point | undefined; place: Place }): ReactNode {
  if (point === undefined) return null;
  const { at, pending, running, success, failed, cancelled } = point;
  const total = pending + running + success + failed + cancelled;
  if (total === 0) return <span className={styles.none}>·</span>;
  const to: string = '/runs';
  const until = new Date(new Date(at).getTime() + HOUR_MS).toISOString();
  const search = {
    ns: place.namespace,
    layer: place.layer,
    pipeline: place.name,
    from: at,
    to: until,
  };
  return (
    <Link
      to={to}
      search={search as never}
      preload={false}
      className={failed > 0 ? styles.failed : styles.good}
      title={`${total} runs, ${failed} failed`}
    >
      {failed > 0 ? `✕${failed}` : total}
    </Link>
  );
}

/** The points by day and hour of the zone in which times are shown, the newest day first. */
function groupByDay(points: readonly Point[], zone: Zone): [string, Map<number, Point>][] {
  const days = new Map<string, Map<number, Point>>();
  for (const point of points) {
    const day = formatTime(point.at, 'day', zone);
    const hours = days.get(day) ?? new Map<number, Point>();
    hours.set(hourOf(point.at, zone), point);
    days.set(day, hours);
  }
  return [...days].toReversed();
}

function hourOf(at: string, zone: Zone): number {
  return Number(formatTime(at, 'minute', zone).slice(0, 2));
}
