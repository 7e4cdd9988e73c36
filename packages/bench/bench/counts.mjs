import { createLogger } from '@rat/runtime';
import {
  claimRun,
  createRun,
  foldRunCounts,
  openDatabase,
  putPipeline,
  settleAttempt,
} from '@rat/store';
import { createTestDatabase } from '@rat/testing';
import { row } from './measure.mjs';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' };
const VERBS = ['create', 'claim', 'settle'];

export const counts = {
  name: 'counts',
  measures: 'what a run’s statements cost with the triggers that count runs',
  against: 'the same statements on a database where these triggers are disabled',
  run: async ({ quick }) => {
    const log = createLogger('bench', { level: 'error' });
    const sides = { ours: await open(log), baseline: await open(log) };
    await sides.baseline.db.pool.query(
      `ALTER TABLE runs DISABLE TRIGGER runs_count_added, DISABLE TRIGGER runs_count_moved`,
    );
    const samples = Object.fromEntries(VERBS.map((verb) => [verb, { ours: [], baseline: [] }]));
    const folds = [];
    for (let round = -20; round < (quick ? 100 : 500); round += 1) {
      const order = Object.entries(sides);
      if (round % 2 !== 0) order.reverse();
      for (const [side, { db }] of order) {
        const took = await liveOnce(db);
        if (round < 0) continue;
        for (const verb of VERBS) samples[verb][side].push(took[verb]);
      }
      if (round >= 0 && round % 20 === 0) folds.push(await foldOnce(sides.ours.db));
    }
    for (const { db, close } of Object.values(sides)) {
      await db.close();
      await close();
    }
    return [
      ...VERBS.map((verb) => row({ what: verb, unit: 'ms', ...samples[verb] })),
      row({ what: 'folding what 20 runs left', unit: 'ms', ours: folds }),
    ];
  },
};

async function open(log) {
  const { url, close } = await createTestDatabase();
  const db = openDatabase({ url, maxConnections: 2, applicationName: 'bench', log });
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  await putPipeline(db, PIPELINE, content);
  return { db, close };
}

async function liveOnce(db) {
  const times = [performance.now()];
  const { id: runId } = await createRun(db, {
    pipeline: PIPELINE,
    trigger: { kind: 'api', label: 'bench' },
  });
  times.push(performance.now());
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 60_000 });
  times.push(performance.now());
  await settleAttempt(db, { runId, attempt: 1 }, { kind: 'cancel' }, []);
  times.push(performance.now());
  return Object.fromEntries(VERBS.map((verb, n) => [verb, times[n + 1] - times[n]]));
}

async function foldOnce(db) {
  const began = performance.now();
  await foldRunCounts(db, 10_000);
  return performance.now() - began;
}
