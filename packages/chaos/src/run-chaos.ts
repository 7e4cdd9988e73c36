import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from '@rat/testing';
import { startAutomation } from './automation.ts';
import { openInstallation, type Installation } from './installation.ts';
import { playTurn, type TurnReport } from './play-turn.ts';
import { createRandom } from './random.ts';
import { summarise } from './recovery.ts';
import { scenariosFor, type Scenario } from './scenarios.ts';

export interface ChaosOptions {
  backend: Backend;
  seed: string;
  /** No turn begins after this time; a turn that has begun is played to its end. */
  minutes: number;
  /** Names of scenarios; an empty list plays all. */
  only: readonly string[];
  signal: AbortSignal;
  tell: (line: string) => void;
}

export interface ChaosReport {
  backend: Backend;
  seed: string;
  turns: TurnReport[];
  runs: number;
  faults: number;
  /** What schedules and triggers fired, or left out, meanwhile. */
  firings: number;
  /** The violations of the turns, and the faults that remain at the end. */
  violations: string[];
  /** Scenarios for which no time was left. */
  unplayed: string[];
}

/** A shorter play has no time for the long scenarios. */
const LONG_MINUTES = 10;

/** BullMQ returns a dead worker's ticket after its lock of 30 s, at a check every 30 s. */
const TICKETS_RETURNED_WITHIN_MS = 150_000;

/**
 * Plays scenarios on one installation until the time is over: each once in an order that the seed
 * chooses, then again. Stops every process that it started, also when `signal` aborts, and then
 * throws the signal's reason.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { backend, seed, signal, tell } = options;
  const scenarios = chooseScenarios(options);
  // Every client and every pause adds a listener to this signal.
  setMaxListeners(0, signal);
  const random = createRandom(seed);
  const installation = await openInstallation(backend);
  const turns: TurnReport[] = [];
  const lasting: string[] = [];
  const order: Scenario[] = [];
  let firings = 0;
  try {
    const automation = await startAutomation(installation, {
      random: random.fork('automation'),
      signal,
    });
    const deadline = performance.now() + options.minutes * 60_000;
    for (let number = 1; number === 1 || performance.now() < deadline; number += 1) {
      if (order.length === 0) order.push(...random.fork(`order ${number}`).shuffle(scenarios));
      const scenario = order.shift();
      if (scenario === undefined) break;
      const turn = await playTurn(scenario, {
        number,
        installation,
        random: random.fork(`turn ${number} ${scenario.name}`),
        signal,
      });
      turns.push(turn);
      tell(lineOf(turn));
      for (const violation of turn.violations) tell(`  VIOLATION ${violation}`);
    }
    const automated = await automation.finish();
    firings = automated.firings;
    lasting.push(...automated.violations);
    lasting.push(...(await findLastingFaults(installation, signal)));
  } finally {
    await installation.close();
  }
  lasting.push(...(await findSurvivors(installation)));
  for (const violation of lasting) tell(`  VIOLATION ${violation}`);
  return {
    backend,
    seed,
    turns,
    runs: turns.reduce((sum, turn) => sum + turn.runs, 0),
    faults: turns.reduce((sum, turn) => sum + turn.faults.length, 0),
    firings,
    violations: [...turns.flatMap((turn) => turn.violations), ...lasting],
    unplayed: scenarios
      .filter(({ name }) => !turns.some((turn) => turn.scenario === name))
      .map(({ name }) => name),
  };
}

function chooseScenarios({ backend, only, minutes }: ChaosOptions): Scenario[] {
  const all = scenariosFor(backend);
  const unknown = only.filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const names = all.map((scenario) => scenario.name).join(' ');
    throw new Error(`no such scenario on ${backend}: ${unknown.join(', ')}; there are: ${names}`);
  }
  if (only.length > 0) return all.filter((scenario) => only.includes(scenario.name));
  return all.filter(({ isLong = false }) => !isLong || minutes >= LONG_MINUTES);
}

/** Faults of any turn that must not exist once all work is done. */
async function findLastingFaults(
  { query, queue }: Installation,
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = performance.now() + TICKETS_RETURNED_WITHIN_MS;
  for (;;) {
    const [left] = await query<Record<string, number>>(
      `SELECT count(*) FILTER (WHERE status IN ('pending', 'running'))::int AS active,
         count(*) FILTER (WHERE lease_expires_at IS NOT NULL OR slot IS NOT NULL)::int AS held,
         count(*) FILTER (WHERE has_leftovers)::int AS uncleared FROM runs`,
    );
    const { active: tickets } = await queue.bullQueue.getJobCounts('active');
    const faults = Object.entries({ ...left, 'active tickets': tickets ?? 0 })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `at the end, ${what}: ${count}`);
    if (faults.length === 0 || performance.now() > deadline) return faults;
    await pause(500, undefined, { signal });
  }
}

/** Executors that outlived their runners. */
async function findSurvivors({ runners }: Installation): Promise<string[]> {
  const pids = await Promise.all(runners.map((slot) => slot.survivors()));
  return pids.flat().map((pid) => `the executor ${pid} has outlived its runner`);
}

function lineOf(turn: TurnReport): string {
  const { p50Ms, p99Ms, count } = summarise(turn.recoveredMs);
  const ends = Object.entries(turn.statuses).map(([status, n]) => `${n} ${status}`);
  const recovered = count === 0 ? 'nothing hit' : `recovered p50 ${p50Ms} ms p99 ${p99Ms} ms`;
  return [
    turn.scenario.padEnd(24),
    `${turn.runs} runs (${ends.join(', ')}) in ${turn.attempts} attempts`,
    `${turn.faults.length} faults`,
    recovered,
    `${turn.violations.length} violations`,
    `${turn.seconds} s`,
  ].join(' | ');
}
