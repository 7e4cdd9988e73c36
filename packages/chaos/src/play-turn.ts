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

/** The result of one play of a scenario. */
export interface TurnReport {
  scenario: string;
  seed: string;
  runs: number;
  /** The number of runs of each final status. */
  statuses: Record<string, number>;
  attempts: number;
  faults: string[];
  /** For each run that a fault met: ms until it is active again or ended. */
  recoveredMs: number[];
  violations: string[];
  seconds: number;
}

/** Counts from the last fault. The product guarantees no bound; a busy machine needs this one. */
const ENDED_WITHIN_MS = 150_000;
const BUSY_WITHIN_MS = 10_000;
const CLEAN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** Plays one scenario on the installation and checks the results. */
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
    // When the program ends during a fault, no caller awaits the clients any more.
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

/**
 * Injects the faults once a run is active. Lanes run in parallel. The faults of a lane run in
 * sequence: each is repaired before the next.
 */
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
 * Waits until every client is served and every run has ended. Then cuts the streams that are still
 * open: the check reports each as one that did not end.
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

/** Whether `probe` answers true within `ms`. */
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
