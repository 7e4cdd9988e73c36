import { createLogger, type Logger } from '@rat/runtime';
import {
  claimRun,
  createRun,
  foldRunCounts,
  openDatabase,
  putPipeline,
  settleAttempt,
  type Database,
} from '@rat/store';
import { createTestDatabase } from '@rat/testing';
import type { Bench } from '../bench.ts';
import { row } from '../measure.ts';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' } as const;
const VERBS = ['create', 'claim', 'settle'] as const;

type Times = Record<(typeof VERBS)[number], number>;

/** A database of one side. */
interface Opened {
  db: Database;
  close: () => Promise<void>;
}

export const counts: Bench = {
  name: 'counts',
  measures: 'what a run’s statements cost with the triggers that count runs',
  against: 'the same statements on a database where these triggers are disabled',
  run: async ({ quick }) => {
    const log = createLogger('bench', { level: 'error' });
    const sides = { ours: await open(log), baseline: await open(log) };
    await sides.baseline.db.pool.query(
      `ALTER TABLE runs DISABLE TRIGGER runs_count_added, DISABLE TRIGGER runs_count_moved`,
    );
    const samples = {
      create: { ours: [] as number[], baseline: [] as number[] },
      claim: { ours: [] as number[], baseline: [] as number[] },
      settle: { ours: [] as number[], baseline: [] as number[] },
    };
    const folds: number[] = [];
    for (let round = -20; round < (quick ? 100 : 500); round += 1) {
      const order = ['ours', 'baseline'] as const;
      for (const side of round % 2 === 0 ? order : order.toReversed()) {
        const took = await liveOnce(sides[side].db);
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

async function open(log: Logger): Promise<Opened> {
  const { url, close } = await createTestDatabase();
  const db = openDatabase({ url, maxConnections: 2, applicationName: 'bench', log });
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  await putPipeline(db, PIPELINE, content);
  return { db, close };
}

async function liveOnce(db: Database): Promise<Times> {
  const began = performance.now();
  const { id: runId } = await createRun(db, {
    pipeline: PIPELINE,
    trigger: { kind: 'api', label: 'bench' },
  });
  const created = performance.now();
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 60_000 });
  const claimed = performance.now();
  await settleAttempt(db, { runId, attempt: 1 }, { kind: 'cancel' }, []);
  return { create: created - began, claim: claimed - created, settle: performance.now() - claimed };
}

async function foldOnce(db: Database): Promise<number> {
  const began = performance.now();
  await foldRunCounts(db, 10_000);
  return performance.now() - began;
}
