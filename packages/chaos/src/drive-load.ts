import { setTimeout as pause } from 'node:timers/promises';
import { ConflictError } from '@rat/client';
import { DRIVER_KINDS, versionOf, type Driver } from './drivers.ts';
import { followRun } from './follow-run.ts';
import { PatientClient } from './patient-client.ts';
import type { Random } from './random.ts';
import { requestRun, turnPrefix, type Turn } from './turn.ts';

/** The requests of the clients while faults happen. */
export interface Load {
  requests: number;
  /** The time over which the requests are spread. */
  overMs: number;
  cancelled: number;
  followed: number;
}

export const USUAL_LOAD: Load = { requests: 30, overMs: 6_000, cancelled: 0.15, followed: 0.2 };

/** No fault is injected yet. */
const FIRST_WITHIN_MS = 120_000;

/** The probability that a request stores a new version of its pipeline. */
const CHANGED = 0.6;

/**
 * Stores the drivers' first versions and runs the ledger once, because a read needs an existing
 * table.
 */
export async function prepareDrivers(turn: Turn): Promise<void> {
  const random = turn.random.fork('first');
  const client = new PatientClient(turn.installation.doors, random, turn.signal);
  for (const [n, driver] of turn.drivers.entries()) await putVersion(client, driver, n, random);
  const ledger = turn.drivers[DRIVER_KINDS.indexOf('ledger')];
  if (ledger === undefined) throw new Error('the turn has no ledger');
  const key = `${turnPrefix(turn)}first`;
  const runId = await requestRun(turn, { key, driver: ledger }, { random });
  const deadline = performance.now() + FIRST_WITHIN_MS;
  for (;;) {
    const [run] = await turn.installation.query<{ status: string }>(
      'SELECT status FROM runs WHERE id = $1',
      [runId],
    );
    if (run?.status === 'success') return;
    if (run?.status === 'failed' || performance.now() > deadline)
      throw new Error(`the first run of a ledger is ${run?.status}`);
    await pause(50, undefined, { signal: turn.signal });
  }
}

/**
 * Runs all clients of a turn; resolves when each has its run. A client's timeout is a violation.
 */
export async function driveLoad(turn: Turn, load: Load, followers: AbortSignal): Promise<void> {
  const clients = Array.from({ length: load.requests }, async (_, n) => {
    const random = turn.random.fork(`client ${n}`);
    try {
      await pause(random.between(0, load.overMs), undefined, { signal: turn.signal });
      await oneClient(turn, n, { load, random, followers });
    } catch (error) {
      turn.signal.throwIfAborted();
      turn.violations.push(String(error));
    }
  });
  await Promise.all(clients);
}

async function oneClient(
  turn: Turn,
  n: number,
  options: { load: Load; random: Random; followers: AbortSignal },
): Promise<void> {
  const { load, random, followers } = options;
  const { doors } = turn.installation;
  const client = new PatientClient(doors, random, turn.signal);
  const driver = random.pick(turn.drivers);
  if (random.chance(CHANGED)) await putVersion(client, driver, 10 + n, random);
  const request: Turn['requests'][number] = { key: `${turnPrefix(turn)}${n}`, driver };
  const runId = await requestRun(turn, request, { random });
  const following = random.chance(load.followed)
    ? followRun(doors, runId, { random: random.fork('stream'), signal: followers })
    : undefined;
  if (random.chance(load.cancelled)) {
    await pause(random.between(0, 3_000), undefined, { signal: turn.signal });
    try {
      await client.call((rat) => rat.runs.cancel(runId));
      request.cancel = 'accepted';
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      request.cancel = 'refused';
    }
  }
  const followed = await following;
  if (followed !== undefined) request.followed = followed;
}

async function putVersion(
  client: PatientClient,
  driver: Driver,
  tag: number,
  random: Random,
): Promise<void> {
  const effort = {
    build: random.pick([0, 2_000_000, 20_000_000]),
    audit: random.pick([0, 2_000_000, 20_000_000]),
  };
  const body = versionOf(driver, tag, effort);
  await client.call((rat) => rat.pipelines.put(driver.ref, body));
}
