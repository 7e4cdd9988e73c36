import { coerceError, waitFor } from '@rat/runtime';
import {
  fireTriggers,
  readFeed,
  type FeedTurn,
  type TriggerRules,
  type TriggerTurn,
} from '@rat/store';
import { openTimetable } from '@rat/timetable';
import { announceRun } from './announce-run.ts';
import type { DispatchDeps } from './dispatch-deps.ts';
import { matchFiles } from './match-files.ts';

/** The longest pause between two looks: the delay of news whose hint was lost. */
const LOOK_EVERY_MS = 2_000;

/** A pause even when more is due: other work of the process goes on. */
const PAUSE_MS = 10;

/** The first pause while an older transaction holds a status change back; it doubles up to the longest. */
const HELD_MS = 20;

/** How many triggers decide in a turn. */
const TRIGGERS_A_TURN = 200;

/** The clock and the globs by which triggers decide. */
export const TRIGGER_RULES: TriggerRules = {
  lastTime: ({ cron, timezone }, now) =>
    openTimetable({ kind: 'cron', cron, timezone }).previous(new Date(now.getTime() + 1)),
  nextTime: ({ cron, timezone }, after) =>
    openTimetable({ kind: 'cron', cron, timezone }).next(after),
  matchFiles,
};

/**
 * Lets triggers fire until `signal` aborts. Every API and every runner does; the database divides the
 * work among them. The hint of a success wakes it, so that the next run begins at once.
 */
export async function fireDueTriggers(deps: DispatchDeps, signal: AbortSignal): Promise<void> {
  const pause = new WakeablePause(signal);
  const unsubscribe = deps.hints.subscribe({
    onHint: (hint) => {
      if (hint.kind === 'moved' && hint.status === 'success') pause.wake();
    },
    onGap: () => pause.wake(),
  });
  try {
    let heldTurns = 0;
    while (!signal.aborted) {
      const turn = await takeTurn(deps, signal);
      heldTurns = turn.isHeld ? heldTurns + 1 : 0;
      const heldMs = heldTurns === 0 ? LOOK_EVERY_MS : HELD_MS * 2 ** Math.min(heldTurns - 1, 7);
      await pause.for(Math.min(turn.pauseMs, heldMs, LOOK_EVERY_MS));
    }
  } finally {
    unsubscribe();
  }
}

/**
 * Lets the triggers fire that are due now. Fire and forget: it never throws. The caller has just noted
 * news; without this call the background job finds them a little later.
 */
export function fireTriggersSoon(deps: DispatchDeps): void {
  fireOnce(deps).catch((error: unknown) => {
    deps.log.warn({ err: coerceError(error) }, 'triggers not fired');
  });
}

interface Turn {
  pauseMs: number;
  isHeld: boolean;
}

async function takeTurn(deps: DispatchDeps, signal: AbortSignal): Promise<Turn> {
  try {
    const feed = await readFeed(deps.db);
    const fired = await fireOnce(deps);
    return { pauseMs: pauseAfter(feed, fired), isHeld: feed.isHeld };
  } catch (error) {
    if (!signal.aborted) deps.log.warn({ err: coerceError(error) }, 'triggers not fired');
    return { pauseMs: LOOK_EVERY_MS, isHeld: false };
  }
}

async function fireOnce(deps: DispatchDeps): Promise<TriggerTurn> {
  const turn = await fireTriggers(deps.db, { rules: TRIGGER_RULES, limit: TRIGGERS_A_TURN });
  report(deps, turn);
  for (const run of turn.runs) announceRun(deps, run);
  return turn;
}

/** The pause when what is due is in another process's hands, which may be frozen. */
const PAUSE_BEHIND_MS = 200;

function pauseAfter(feed: FeedTurn, { nextInMs, ...fired }: TriggerTurn): number {
  if (feed.hasMore) return 0;
  if (nextInMs === undefined) return LOOK_EVERY_MS;
  const decided = fired.runs.length + fired.others + fired.paused.length;
  const least = decided === 0 && nextInMs <= 0 ? PAUSE_BEHIND_MS : PAUSE_MS;
  return Math.min(LOOK_EVERY_MS, Math.max(least, Math.ceil(nextInMs)));
}

function report({ log }: DispatchDeps, { runs, others, paused, failed }: TriggerTurn): void {
  for (const { id, error } of failed) {
    log.warn({ err: coerceError(error), trigger_id: id }, 'trigger not fired');
  }
  for (const { id, reason } of paused) log.warn({ trigger_id: id, reason }, 'trigger paused');
  if (runs.length + others > 0) log.info({ runs: runs.length, others }, 'triggers fired');
}

/** A pause that ends early when it is woken, also when that happens just before it begins. */
class WakeablePause {
  readonly #signal: AbortSignal;
  #isWoken = false;
  #end: AbortController | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  wake(): void {
    this.#isWoken = true;
    this.#end?.abort();
  }

  async for(ms: number): Promise<void> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    this.#signal.addEventListener('abort', stop, { once: true });
    this.#end = end;
    if (!this.#isWoken && !this.#signal.aborted) await waitFor(ms, end.signal);
    this.#signal.removeEventListener('abort', stop);
    this.#end = undefined;
    this.#isWoken = false;
  }
}
