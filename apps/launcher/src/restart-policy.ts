const WINDOW_MS = 60_000;
const MAX_CRASHES = 5;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;

export type RestartDecision = { kind: 'restart'; delayMs: number } | { kind: 'give_up' };

/**
 * Decides whether to restart a crashed service, from the times of its crashes (the present one
 * included, oldest first). The delay grows with each crash; five crashes within a minute are no
 * accident.
 */
export function decideRestart(crashesAtMs: readonly number[], nowMs: number): RestartDecision {
  const recent = crashesAtMs.filter((at) => nowMs - at < WINDOW_MS).length;
  if (recent >= MAX_CRASHES) return { kind: 'give_up' };
  const doublings = Math.max(0, recent - 1);
  return { kind: 'restart', delayMs: Math.min(FIRST_DELAY_MS * 2 ** doublings, MAX_DELAY_MS) };
}
