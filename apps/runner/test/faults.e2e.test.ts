import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { openDatabase, type Database } from '@rat/store';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { FAULTS, type Fault } from './fault-points.ts';
import { FaultRun } from './fault-run.ts';
import { LandingClient } from './landing-client.ts';

/** The number of runners that start and die in parallel: more would only wait for the processor. */
const AT_ONCE = 3;

let fleet: Fleet;
let db: Database;
const runs = new Map<Fault, FaultRun>();

beforeAll(async () => {
  // The fleet's runner fills the tables and answers reads. The dying runners have their own pools.
  // Every test reads its own table, so the fleet's limits must allow all of them.
  const env = { RAT_MAINTENANCE_HOURS: '0', RAT_QUERY_CONCURRENCY: String(AT_ONCE) };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  const log = createLogger('test', { level: 'silent' });
  db = openDatabase({ url: fleet.databaseUrl, maxConnections: 4, applicationName: 'test', log });
  for (const [index, fault] of FAULTS.entries()) {
    runs.set(fault, new FaultRun(fault, { fleet, db, index }));
  }
  await Promise.all([...runs.values()].map((run) => run.prepare()));
}, 180_000);
afterAll(async () => {
  await db.close();
  await fleet.close();
});

function runOf(fault: Fault): FaultRun {
  const run = runs.get(fault);
  if (run === undefined) throw new Error('no such fault');
  return run;
}

describe('when its runner is killed', () => {
  const failures = new Map<Fault, unknown>();
  beforeAll(async () => {
    const kill = async (run: FaultRun): Promise<void> => {
      await run.kill().catch((error: unknown) => failures.set(run.fault, error));
    };
    const isShared = ({ fault }: FaultRun): boolean => fault.run === 'archive';
    // Any living runner finishes the moves of any run, so these tests run without a living one.
    for (const run of [...runs.values()].filter(isShared)) {
      fleet.runners[0]?.kill('SIGSTOP');
      await kill(run);
      fleet.runners[0]?.kill('SIGCONT');
      await run.look();
    }
    const waiting = [...runs.values()].filter((run) => !isShared(run));
    const next = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        await kill(run);
        await run.look();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }, 300_000);

  test.each(FAULTS)(
    'after its runner is killed at $name, main matches the run’s verdict',
    (fault) => {
      if (failures.has(fault)) throw failures.get(fault);
      const { kind, seen } = runOf(fault);
      expect(seen.at(-1)).toBe(
        JSON.stringify(fault.isPublished === true ? kind.after : kind.before),
      );
    },
  );
});

describe('when another runner takes over', () => {
  beforeAll(async () => {
    const pools = [...runs.values()].map((run) => run.pool).join(',');
    await fleet.startRunner({ RAT_RUNNER_POOLS: pools });
    const unfinished = new Set(runs.values());
    const settle = async (): Promise<boolean> => {
      for (const run of unfinished) {
        await run.lookIfMoved();
        if ((await fleet.spy.find(run.runId))?.status === 'success') unfinished.delete(run);
      }
      return unfinished.size === 0;
    };
    // Each test checks that its own run did not end.
    await eventually('all runs have ended', settle, 120_000).catch(() => undefined);
  }, 180_000);

  test.each(FAULTS)(
    'after another runner takes over at $name, the run ends once and leaves nothing behind',
    async (fault) => {
      const run = runOf(fault);
      const { kind, runId } = run;
      const { attempt } = await fleet.spy.waitFor(runId, 'success');
      const kills = fault.next === undefined ? 1 : 2;
      expect(attempt).toBe(fault.isPublished === true ? 1 : kills + 1);
      const [ended] = await fleet.query<{ times: number }>(
        `SELECT count(*)::int AS times FROM run_events WHERE run_id = '${runId}' AND kind = 'status'
           AND payload ->> 'status' = 'success'`,
      );
      expect(ended?.times).toBe(1);
      const after = JSON.stringify(kind.after);
      expect(await run.look()).toBe(after);
      const before = JSON.stringify(kind.before);
      expect(run.seen.filter((seen) => seen !== before && seen !== after)).toEqual([]);
      if (fault.run !== 'maintain') expect(await run.published()).toBe(1);
      if (fault.run === 'archive') await expectArchived(run);

      await run.maintain();
      const { onDisk, ofTable } = await run.files();
      expect(onDisk).toEqual(ofTable);
      expect(await run.branches()).toEqual(['main']);
      expect(await run.look()).toBe(after);
    },
    60_000,
  );

  async function expectArchived({ table: { name }, runId }: FaultRun): Promise<void> {
    const client = new LandingClient(fleet);
    const moved = await eventually('the files are moved away', async () => {
      const files = (await client.onDisk(name)).filter((path) => path.endsWith('.csv'));
      return files.every((path) => path.startsWith('_processed/')) ? files : undefined;
    });
    expect(moved).toEqual([`_processed/${runId}/2.csv`, `_processed/${runId}/3.csv`]);
  }
});
