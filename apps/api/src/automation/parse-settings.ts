import type { PutScheduleBody } from '@rat/contracts';
import { rhythmOf } from '@rat/dispatch';
import { InputError, type ScheduleSettings } from '@rat/domain';
import type { ScheduleChange } from '@rat/store';
import { checkTimezone, openTimetable, TimetableError, type Timetable } from '@rat/timetable';

/** The settings that a body may give, without whether the schedule is paused. */
type GivenSettings = Omit<PutScheduleBody, 'enabled'>;

type GivenRhythm = Pick<GivenSettings, 'cron' | 'every_seconds' | 'offset_seconds' | 'timezone'>;

const DEFAULTS: Omit<ScheduleSettings, 'rhythm'> = {
  timezone: 'UTC',
  jitterSeconds: 0,
  startsAt: undefined,
  endsAt: undefined,
  overlap: 'inherit',
  catchUp: 'latest',
  catchUpWindowSeconds: 7 * 86_400,
  intervalMode: 'previous',
  maxFailures: undefined,
  priority: 0,
  expiresInSeconds: undefined,
  params: undefined,
};

/**
 * The settings that a body gives. Over `current`, a field that is absent stays as it is; otherwise it
 * has its default, as null has always. Throws InputError, which names the field.
 */
export function parseSettings(body: GivenSettings, current?: ScheduleSettings): ScheduleSettings {
  const base = current ?? DEFAULTS;
  const settings: ScheduleSettings = {
    ...parseRhythm(body, current),
    jitterSeconds: pick(body.jitter_seconds, base.jitterSeconds, DEFAULTS.jitterSeconds),
    startsAt: pick(body.starts_at, base.startsAt, DEFAULTS.startsAt),
    endsAt: pick(body.ends_at, base.endsAt, DEFAULTS.endsAt),
    overlap: pick(body.overlap, base.overlap, DEFAULTS.overlap),
    catchUp: pick(body.catch_up, base.catchUp, DEFAULTS.catchUp),
    catchUpWindowSeconds: pick(
      body.catch_up_window_seconds,
      base.catchUpWindowSeconds,
      DEFAULTS.catchUpWindowSeconds,
    ),
    intervalMode: pick(body.interval_mode, base.intervalMode, DEFAULTS.intervalMode),
    maxFailures: pick(body.max_failures, base.maxFailures, DEFAULTS.maxFailures),
    priority: pick(body.priority, base.priority, DEFAULTS.priority),
    expiresInSeconds: pick(body.expires_in_seconds, base.expiresInSeconds, undefined),
    params: pick(body.params, base.params, undefined),
  };
  const { shortestGapSeconds } = openRhythm(settings);
  if (settings.jitterSeconds >= shortestGapSeconds) {
    const gap = `it is ${settings.jitterSeconds}, and the schedule fires every ${shortestGapSeconds} s at times`;
    throw wrong('jitter_seconds', `must be less than the shortest gap: ${gap}`);
  }
  const { startsAt, endsAt } = settings;
  if (startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt) {
    throw wrong('ends_at', 'must be later than starts_at');
  }
  return settings;
}

/** The settings and the pause that a whole schedule gives; one that gives no pause leaves it as it is. */
export function changeOf({ enabled, ...given }: PutScheduleBody): ScheduleChange {
  return { settings: parseSettings(given), isPaused: pauseOf({ enabled }) };
}

/** Whether a body pauses or resumes a schedule or a trigger; undefined leaves that as it is. */
export function pauseOf({
  enabled,
}: {
  enabled?: boolean | null | undefined;
}): boolean | undefined {
  return enabled === undefined || enabled === null ? undefined : !enabled;
}

/** The value of the body; undefined keeps the current one, and null means the default. */
function pick<T>(given: T | null | undefined, current: T, byDefault: T): T {
  if (given === undefined) return current;
  return given ?? byDefault;
}

/** The rhythm that a body gives, and its zone. Throws InputError unless there is exactly one. */
export function parseRhythm(
  body: GivenRhythm,
  current?: ScheduleSettings,
): Pick<ScheduleSettings, 'rhythm' | 'timezone'> {
  const timezone = pick(body.timezone, current?.timezone ?? DEFAULTS.timezone, DEFAULTS.timezone);
  const cron = body.cron ?? undefined;
  const everySeconds = body.every_seconds ?? undefined;
  if (cron !== undefined && everySeconds !== undefined) {
    throw wrong('every_seconds', 'must not be given beside cron: a schedule has one of them');
  }
  if (cron !== undefined) return { rhythm: { kind: 'cron', cron }, timezone };
  const kept = current?.rhythm;
  const every = everySeconds ?? (kept?.kind === 'interval' ? kept.everySeconds : undefined);
  if (every !== undefined) {
    const offset = kept?.kind === 'interval' ? kept.offsetSeconds : 0;
    const offsetSeconds = pick(body.offset_seconds, offset, 0);
    return { rhythm: { kind: 'interval', everySeconds: every, offsetSeconds }, timezone };
  }
  if (kept !== undefined) return { rhythm: kept, timezone };
  throw wrong('cron', 'is missing: give cron, such as 30 2 * * *, or every_seconds');
}

/** The timetable of a rhythm. Throws InputError for one that cannot be. */
export function openRhythm(settings: Pick<ScheduleSettings, 'rhythm' | 'timezone'>): Timetable {
  try {
    const timetable = openTimetable(rhythmOf(settings));
    // An interval has a zone too: that of its logical date.
    if (settings.rhythm.kind === 'interval') checkTimezone(settings.timezone);
    return timetable;
  } catch (error) {
    if (!(error instanceof TimetableError)) throw error;
    throw wrong(error.field, error.message.slice(error.field.length + 2), { cause: error });
  }
}

function wrong(path: string, message: string, options?: ErrorOptions): InputError {
  return new InputError(`${path}: ${message}`, [{ path, message }], options);
}
