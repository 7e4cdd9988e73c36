import { useSyncExternalStore, type PointerEvent, type ReactNode } from 'react';
import styles from './time.module.css';

/** In which zone all times are shown. */
export type Zone = 'local' | 'utc';

const STORED_AS = 'rat.zone';
const listeners = new Set<() => void>();
let zone: Zone = readZone();

function readZone(): Zone {
  try {
    return localStorage.getItem(STORED_AS) === 'utc' ? 'utc' : 'local';
  } catch {
    return 'local';
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Changes all times on all screens, axes too. */
export function setZone(next: Zone): void {
  zone = next;
  try {
    localStorage.setItem(STORED_AS, next);
  } catch {
    // A browser without storage forgets the choice with the page.
  }
  for (const listener of listeners) listener();
}

export function useZone(): Zone {
  return useSyncExternalStore(subscribe, () => zone);
}

/** `clock`: 14:03:12, with its day unless that is today. `exact`: with milliseconds. `day`: the day alone. */
export type TimeForm = 'clock' | 'exact' | 'minute' | 'day' | 'full';

const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;

const OPTIONS: Record<TimeForm, Intl.DateTimeFormatOptions> = {
  clock: TIME,
  exact: { ...TIME, fractionalSecondDigits: 3 },
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: DAY,
  full: { ...DAY, ...TIME, year: 'numeric', timeZoneName: 'short' },
};

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(form: TimeForm | 'dayClock', where: Zone): Intl.DateTimeFormat {
  const key = `${form} ${where}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const options =
    form === 'dayClock'
      ? { ...DAY, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
      : OPTIONS[form];
  const made = new Intl.DateTimeFormat('en-GB', {
    ...(options as Intl.DateTimeFormatOptions),
    ...(where === 'utc' ? { timeZone: 'UTC' } : {}),
  });
  formats.set(key, made);
  return made;
}

/** A time as text, for axes and labels. */
export function formatTime(at: string | Date, form: TimeForm, where: Zone): string {
  const date = typeof at === 'string' ? new Date(at) : at;
  const isOld = form === 'clock' && !isSameDay(date, new Date(), where);
  return formatOf(isOld ? 'dayClock' : form, where).format(date);
}

function isSameDay(one: Date, other: Date, where: Zone): boolean {
  const days = formatOf('day', where);
  return (
    days.format(one) === days.format(other) && Math.abs(one.getTime() - other.getTime()) < 864e5
  );
}

/** 850 ms, 1.24 s, 4 min 10 s, 2 h 5 min, 3 d. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** How long ago, or in how long: `3 min ago`, `in 6 d`. */
export function formatAge(at: string | Date, now: number): string {
  const ms = now - new Date(at).getTime();
  const size = Math.abs(ms);
  if (size < 5_000) return 'now';
  const text =
    size < 60_000
      ? `${Math.round(size / 1_000)} s`
      : size < 3_600_000
        ? `${Math.floor(size / 60_000)} min`
        : size < 172_800_000
          ? `${Math.floor(size / 3_600_000)} h`
          : `${Math.floor(size / 86_400_000)} d`;
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

/** Lets the tip of a time in the right half of the window grow to the left, so that it does not widen the page. */
function chooseTipSide({ currentTarget: time }: PointerEvent<HTMLTimeElement>): void {
  const { left, right } = time.getBoundingClientRect();
  time.dataset['tipSide'] = left + right > window.innerWidth ? 'left' : 'right';
}

/** One time. Pointing at it shows it in both zones and its age. */
export function Time({ at, form = 'clock' }: { at: string; form?: TimeForm }): ReactNode {
  const where = useZone();
  const now = useNow(10_000);
  const both = `${formatTime(at, 'full', 'local')} · ${formatTime(at, 'full', 'utc')}`;
  return (
    <time
      dateTime={at}
      className={styles.time}
      data-tip={`${both} · ${formatAge(at, now)}`}
      onPointerEnter={chooseTipSide}
    >
      {formatTime(at, form, where)}
    </time>
  );
}

/** How long something has lasted that goes on. */
export function Elapsed({ since }: { since: string }): ReactNode {
  const ms = Math.max(0, useNow(1_000) - new Date(since).getTime());
  return <>{formatDuration(Math.floor(ms / 1_000) * 1_000)}</>;
}

interface Clock {
  now: number;
  listen: (listener: () => void) => () => void;
}

const clocks = new Map<number, Clock>();

/** The time in steps of `everyMs`. All who wait for the same step share one timer. */
export function useNow(everyMs: number): number {
  const clock = clocks.get(everyMs) ?? startClock(everyMs);
  clocks.set(everyMs, clock);
  return useSyncExternalStore(clock.listen, () => clock.now);
}

function startClock(everyMs: number): Clock {
  const waiting = new Set<() => void>();
  let timer = 0;
  const tick = (): void => {
    clock.now = Date.now();
    for (const listener of waiting) listener();
  };
  const clock: Clock = {
    now: Date.now(),
    listen: (listener) => {
      if (waiting.size === 0) timer = window.setInterval(tick, everyMs);
      waiting.add(listener);
      return () => {
        waiting.delete(listener);
        if (waiting.size === 0) window.clearInterval(timer);
      };
    },
  };
  return clock;
}
