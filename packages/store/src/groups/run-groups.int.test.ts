import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PipelineRef, PlannedNode } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { openDatabase } from '../db/database.ts';
import { putPipeline } from '../pipelines/put-pipeline.ts';
import { claimRun } from '../runs/claim-run.ts';
import { completeRun } from '../runs/complete-run.ts';
import { settleAttempt } from '../runs/settle-attempt.ts';
import { advanceGroups } from './advance-groups.ts';
import { cancelRunGroup, createRunGroup, getRunGroup, retryRunGroup } from './run-groups.ts';

const NAMES = ['raw', 'left', 'right', 'join', 'out'];
const DIAMOND: PlannedNode[] = [
  { address: address('raw'), needs: [] },
  { address: address('left'), needs: [address('raw')] },
  { address: address('right'), needs: [address('raw')] },
  { address: address('join'), needs: [address('left'), address('right')] },
  { address: address('out'), needs: [address('join')] },
];

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture();
  for (const name of NAMES) {
    const pipeline: PipelineRef = { namespace: 'default', layer: 'silver', name };
    // A group creates its runs also where other requests are skipped.
    const config = { concurrency: { limit: 1, on_conflict: 'skip' } };
    const content = { sql: 'SELECT 1', config, qualityTests: [], contentHash: name };
    await putPipeline(fixture.db, pipeline, content);
  }
});
afterEach(() => fixture.close());

function address(name: string): string {
  return `default.silver.${name}`;
}

const begin = async (): Promise<string> =>
  (await createRunGroup(fixture.db, { root: address('join'), nodes: DIAMOND })).made.id;

const advance = async (): Promise<string[]> => {
  const { runs, failed } = await advanceGroups(fixture.db, { limit: 10 });
  expect(failed).toEqual([]);
  return runs.map(({ pipeline }) => pipeline.split('.')[2] ?? '').toSorted();
};

async function states(id: string): Promise<Record<string, string>> {
  const { nodes } = await getRunGroup(fixture.db, id);
  return Object.fromEntries(nodes.map((node) => [node.address.split('.')[2], node.state]));
}

async function end(id: string, name: string, how: 'success' | 'fail'): Promise<void> {
  const { nodes } = await getRunGroup(fixture.db, id);
  const runId = nodes.find((node) => node.address === address(name))?.runId;
  if (runId === undefined) throw new Error(`${name} has no run`);
  const claimed = await claimRun(
    fixture.db,
    { runId, attempt: 1 },
    { runnerId: 'a', leaseMs: 60_000 },
  );
  if (claimed === undefined) throw new Error(`the run of ${name} cannot start yet`);
  if (how === 'success') await completeRun(fixture.db, { runId, attempt: 1 }, {}, []);
  else {
    const failure = { code: 'sql_error', message: 'no' } as const;
    await settleAttempt(fixture.db, { runId, attempt: 1 }, { kind: 'fail', failure }, []);
  }
}

test('a diamond starts each pipeline once, when everything that it needs has succeeded', async () => {
  const id = await begin();
  expect(await advance()).toEqual(['raw']);
  expect(await advance()).toEqual([]);
  await end(id, 'raw', 'success');
  expect(await advance()).toEqual(['left', 'right']);
  await end(id, 'left', 'success');
  expect(await advance()).toEqual([]);
  await end(id, 'right', 'success');
  expect(await advance()).toEqual(['join']);
  await end(id, 'join', 'success');
  expect(await advance()).toEqual(['out']);
  await end(id, 'out', 'success');
  await advance();
  expect((await getRunGroup(fixture.db, id)).endedAt).toBeInstanceOf(Date);
  const { rows } = await fixture.db.pool.query('SELECT DISTINCT trigger FROM runs');
  expect(rows).toEqual([{ trigger: `group:${id}` }]);
});

test('a failure blocks what needs it, and a retry begins there and nowhere else', async () => {
  const id = await begin();
  await advance();
  await end(id, 'raw', 'success');
  await advance();
  await end(id, 'left', 'fail');
  await advance();
  await expect(retryRunGroup(fixture.db, id)).rejects.toThrow('has not ended: cancel it first');
  await end(id, 'right', 'success');
  await advance();
  expect(await states(id)).toEqual({
    raw: 'success',
    left: 'failed',
    right: 'success',
    join: 'blocked',
    out: 'blocked',
  });
  await retryRunGroup(fixture.db, id);
  const waiting = Object.values(await states(id)).filter((state) => state === 'waiting');
  expect(waiting).toHaveLength(3);
  expect(await advance()).toEqual(['left']);
  await end(id, 'left', 'success');
  expect(await advance()).toEqual(['join']);
});

test('a cancel starts nothing more and names the runs that have not ended', async () => {
  const id = await begin();
  await advance();
  await end(id, 'raw', 'success');
  await advance();
  await end(id, 'left', 'success');
  const active = await cancelRunGroup(fixture.db, id);
  const { nodes } = await getRunGroup(fixture.db, id);
  const right = nodes.find((node) => node.address === address('right'));
  expect(active.map(({ runId }) => runId)).toEqual([right?.runId]);
  await end(id, 'right', 'success');
  expect(await advance()).toEqual([]);
  expect(await states(id)).toMatchObject({ join: 'cancelled', out: 'cancelled' });
  expect((await getRunGroup(fixture.db, id)).endedAt).toBeInstanceOf(Date);
});

test('a full line of the namespace makes pipelines wait for a place, and none fails', async () => {
  await fixture.db.pool.query(`UPDATE namespaces SET max_runs_in_line = 1 WHERE name = 'default'`);
  const id = await begin();
  expect(await advance()).toEqual(['raw']);
  await end(id, 'raw', 'success');
  const first = await advance();
  expect(first).toHaveLength(1);
  expect(await advance()).toEqual([]);
  for (const name of first) await end(id, name, 'success');
  const second = await advance();
  expect([...first, ...second].toSorted()).toEqual(['left', 'right']);
  for (const name of second) await end(id, name, 'success');
  expect(await advance()).toEqual(['join']);
});

test('a group that finds no place in the line does not keep its turn from the others', async () => {
  await fixture.db.pool.query(`UPDATE namespaces SET max_runs_in_line = 0 WHERE name = 'default'`);
  await begin();
  expect(await advance()).toEqual([]);
  await fixture.db.pool.query(
    `UPDATE namespaces SET max_runs_in_line = NULL WHERE name = 'default'`,
  );
  const id = await begin();
  const { runs } = await advanceGroups(fixture.db, { limit: 1 });
  const { nodes } = await getRunGroup(fixture.db, id);
  expect(nodes.find((node) => node.address === address('raw'))?.runId).toBe(runs[0]?.id);
});

/** Fewer cuts prove little: more groups follow until there were as many. */
const CUTS_MIN = 5;

/** Lets the runs that are first in line succeed. The others find their turn in a later round. */
async function runInLine(): Promise<void> {
  const { rows } = await fixture.db.pool.query<{ id: string }>(
    `SELECT id FROM runs WHERE status = 'pending'`,
  );
  for (const { id: runId } of rows) {
    const ticket = { runId, attempt: 1 };
    const claimed = await claimRun(fixture.db, ticket, { runnerId: 'a', leaseMs: 60_000 });
    if (claimed !== undefined) await completeRun(fixture.db, ticket, {}, []);
  }
}

async function isAnyOpen(ids: readonly string[]): Promise<boolean> {
  const groups = await Promise.all(ids.map((id) => getRunGroup(fixture.db, id)));
  return groups.some(({ endedAt }) => endedAt === undefined);
}

test('five replicas whose sessions are cut at random create one run of each pipeline', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, begin));
  const log = createLogger('test', { level: 'silent' });
  const replicas = Array.from({ length: 5 }, (_, n) =>
    openDatabase({ url: fixture.url, maxConnections: 2, applicationName: `replica-${n}`, log }),
  );
  const over = new AbortController();
  let cuts = 0;
  const cut = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const answer = await fixture.db.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name LIKE 'replica-%' AND datname = current_database()
           AND xact_start IS NOT NULL AND random() < 0.05`,
      );
      cuts += answer.rowCount ?? 0;
      await new Promise((done) => setImmediate(done));
    }
  };
  const cutter = cut();
  try {
    for (;;) {
      if (!(await isAnyOpen(ids))) {
        if (cuts >= CUTS_MIN) break;
        ids.push(await begin());
      }
      // A turn whose session is cut fails; the work of the runs must not.
      const turns = replicas.map((replica) => advanceGroups(replica, { limit: 10 }));
      const [work] = await Promise.allSettled([runInLine(), ...turns]);
      if (work.status === 'rejected') throw work.reason;
    }
  } finally {
    over.abort();
    await cutter;
    await Promise.all(replicas.map((replica) => replica.close()));
  }
  const { rows } = await fixture.db.pool.query<{ trigger: string; runs: number; all: number }>(
    `SELECT trigger, count(DISTINCT pipeline) AS runs, count(*) AS all FROM runs GROUP BY trigger`,
  );
  expect(rows).toHaveLength(ids.length);
  for (const { runs, all } of rows) expect([runs, all]).toEqual([5, 5]);
  for (const id of ids) expect((await getRunGroup(fixture.db, id)).endedAt).toBeInstanceOf(Date);
}, 120_000);
