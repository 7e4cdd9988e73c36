import { setTimeout as pause } from 'node:timers/promises';
import { findRunFaults, readRuns } from './check-runs.ts';
import { findTableFaults } from './check-tables.ts';
import { driveLoad, prepareDrivers } from './drive-load.ts';
import { driversOf } from './drivers.ts';
import type { Installation } from './installation.ts';
import type { Random } from './random.ts';
import { measureRecovery } from './recovery.ts';
import type { Scenario } from './scenarios.ts';
import { turnPrefix, wait, type Turn } from './turn.ts';

/** What came of a scenario that was played once. */
export interface TurnReport {
  scenario: string;
  seed: string;
  runs: number;
  /** By their ends. */
  statuses: Record<string, number>;
  attempts: number;
  faults: string[];
  /** Of every run that each fault met, until it was at work again or at its end, ms. */
  recoveredMs: number[];
  violations: string[];
  seconds: number;
}

/** From the last fault on. Truth has no such bound; this one is for a machine that does other things too. */
const ENDED_WITHIN_MS = 150_000;
const BUSY_WITHIN_MS = 10_000;
const CLEAN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** Plays one scenario on the installation and checks everything that it has left. */
export async function playTurn(
  scenario: Scenario,
  options: { number: number; installation: Installation; random: Random; signal: AbortSignal },
): Promise<TurnReport> {
  const began = performance.now();
  const turn: Turn = {
    ...options,
    drivers: driversOf(options.number),
    requests: [],
    faults: [],
    violations: [],
  };
  try {
    await prepareDrivers(turn);
    const followers = new AbortController();
    const listening = AbortSignal.any([turn.signal, followers.signal]);
    const clients = driveLoad(turn, scenario.load, listening);
    // When the program ends while things break, nobody waits for the clients any more.
    clients.catch(() => undefined);
    try {
      await breakThings(turn, scenario);
    } finally {
      await untilServed(turn, clients, followers);
    }
    await check(turn);
  } catch (error) {
    turn.signal.throwIfAborted();
    turn.violations.push(`the turn broke off: ${String(error)}`);
  }
  const runs = await readRuns(turn);
  const statuses: Record<string, number> = {};
  for (const { status } of runs) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    scenario: scenario.name,
    seed: `turn ${options.number}`,
    runs: runs.length,
    statuses,
    attempts: runs.reduce((sum, run) => sum + run.attempt, 0),
    faults: turn.faults.map((fault) => fault.what),
    recoveredMs: await measureRecovery(turn),
    violations: turn.violations,
    seconds: Math.round((performance.now() - began) / 1_000),
  };
}

/** Once there is something to hit: the lanes beside each other; a lane's faults one after the other, each mended before the next. */
async function breakThings(turn: Turn, scenario: Scenario): Promise<void> {
  await within(turn, BUSY_WITHIN_MS, async () => (await countActive(turn)) > 0);
  const lanes = scenario.lanes.map(async (lane, n) => {
    const random = turn.random.fork(`lane ${n}`);
    const own = { ...turn, random };
    for (let round = 0; round < scenario.rounds; round += 1) {
      await wait(own, 300, 1_500);
      await random.pick(lane)(own);
    }
  });
  await Promise.all(lanes);
}

/**
 * Until every client is served and every run has ended. A stream that goes on although its run has ended, or whose run
 * does not end at all, is cut, and is found not to have ended.
 */
async function untilServed(
  turn: Turn,
  clients: Promise<void>,
  followers: AbortController,
): Promise<void> {
  const served = clients.then(() => true);
  served.catch(() => undefined);
  const look = async (): Promise<boolean> => {
    await pause(LOOK_EVERY_MS, undefined, { signal: turn.signal });
    return (await countActive(turn)) === 0;
  };
  await within(turn, ENDED_WITHIN_MS, () => Promise.race([served, look()]));
  await within(turn, CLEAN_WITHIN_MS, () => Promise.race([served, look().then(() => false)]));
  followers.abort();
  await clients;
}

async function check(turn: Turn): Promise<void> {
  const ended = await within(turn, ENDED_WITHIN_MS, async () => (await countActive(turn)) === 0);
  const runs = await readRuns(turn);
  if (!ended) {
    for (const run of runs.filter(({ status }) => status === 'pending' || status === 'running'))
      turn.violations.push(`${run.trigger} (${run.id}) is still ${run.status}`);
  }
  turn.violations.push(...findRunFaults(turn, runs));
  let found = await findTableFaults(turn, runs);
  await within(turn, CLEAN_WITHIN_MS, async () => {
    found = await findTableFaults(turn, runs);
    return found.leftovers.length === 0;
  });
  turn.violations.push(...found.lasting, ...found.leftovers);
}

/** Whether `probe` says yes before the time is over. */
async function within(turn: Turn, ms: number, probe: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (;;) {
    if (await probe()) return true;
    if (performance.now() > deadline) return false;
    await pause(LOOK_EVERY_MS, undefined, { signal: turn.signal });
  }
}

async function countActive(turn: Turn): Promise<number> {
  const [row] = await turn.installation.query<{ left: number }>(
    `SELECT count(*)::int AS left FROM runs WHERE trigger LIKE $1 AND status IN ('pending', 'running')`,
    [`${turnPrefix(turn)}%`],
  );
  return row?.left ?? 0;
}
