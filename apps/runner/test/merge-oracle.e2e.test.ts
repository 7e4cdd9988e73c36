import { join } from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { type PipelineConfig } from '@rat/contracts';
import { MERGE_STRATEGIES } from '@rat/domain';
import { TERMINAL_STATUSES } from '@rat/domain';
import { openSession, type Session } from '@rat/engine-duckdb/testing';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import { readMainBranch } from '@rat/iceberg';
import { LocalTableFiles } from '@rat/storage';
import { createLogger } from '@rat/runtime';
import { openDatabase, type Database } from '@rat/store';
import { backends, eventually, startFleet, testWishes, type Fleet } from '@rat/testing';
import fc from 'fast-check';
import { findCurrentTable } from '../src/table-commit/current-table.ts';
import { followSequence, readScan, type FollowedTable } from './follow-sequence.ts';
import { mergeSequences, type MergeSequence } from './merge-sequences.ts';

/**
 * Sequences of each strategy. The executor's own test draws far more of them; this one covers the
 * layers above.
 */
const SEQUENCES = testWishes().full ? 200 : 20;

let fleet: Fleet;
let db: Database;
/** One for each of the sequences that run at the same time. */
let readers: [Session, Session];
let sequences = 0;

beforeAll(async () => {
  const [backend = 'postgres'] = backends();
  // Both runners execute runs of one table, so neither can rely on its memory.
  const env = { RAT_RUNNER_CONCURRENCY: '1', RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend, apis: 1, runners: 2, env });
  const log = createLogger('test', { level: 'silent' });
  db = openDatabase({ url: fleet.databaseUrl, maxConnections: 2, applicationName: 'test', log });
  const open = (): Promise<Session> =>
    openSession({
      inputs: { tables: {}, fileLists: {} },
      // Queries may read every file of the folder.
      stagingDir: join(fleet.home, 'warehouse'),
      tempDir: join(fleet.home, 'tmp'),
      memoryLimitMb: 128,
      tempLimitMb: 64,
      threads: 1,
    });
  readers = [await open(), await open()];
}, 60_000);
afterAll(async () => {
  for (const reader of readers) await reader.close();
  await db.close();
  await fleet.close();
});

const ENDS = new Set<string>(TERMINAL_STATUSES);

interface EndedRun {
  status: string;
  error: string | null;
  started_at: string;
  rows_written: number;
  rows_deleted: number;
  rows_total: number;
}

/** PUTs the pipeline as the run needs it, and returns the run once it was published. */
async function publish(
  path: string,
  { sql, config }: { sql: string; config: PipelineConfig },
): Promise<EndedRun> {
  await fleet.putPipeline(path, { sql, config: { ...config, max_retries: 0 } });
  const id = await fleet.createRun(path);
  await eventually(
    `the run of ${path} ends`,
    async () => ENDS.has((await fleet.spy.find(id))?.status ?? ''),
    60_000,
  );
  const run = (await fleet.getJson(`/runs/${id}`)) as EndedRun;
  if (run.status !== 'success') throw new Error(`the run of ${path}: ${run.error}`);
  return run;
}

/** A table of its own, which another engine reads through the catalog. */
function newTable(reader: Session): FollowedTable {
  const table = { namespace: 'default', layer: 'silver', name: `t${++sequences}` } as const;
  const tables = new LocalTableFiles(join(fleet.home, 'warehouse'));
  return {
    run: async (pipeline) => {
      const run = await publish(`default/silver/${table.name}`, pipeline);
      return {
        written: run.rows_written,
        deleted: run.rows_deleted,
        total: run.rows_total,
        startedAt: run.started_at,
      };
    },
    read: async () => {
      const current = await findCurrentTable({ db, tables }, table);
      const main = current && (await readMainBranch(tables, current));
      if (main === undefined) throw new Error('nothing was published');
      return readScan(reader, tableScanSql(main));
    },
  };
}

test.each(MERGE_STRATEGIES)(
  '%s through the API and two runners matches its definition',
  async (strategy) => {
    const follow = (reader: Session, plan: MergeSequence): Promise<void> =>
      followSequence(newTable(reader), strategy, plan);
    await fc.assert(
      fc.asyncProperty(mergeSequences, mergeSequences, async (one, other) => {
        await Promise.all([follow(readers[0], one), follow(readers[1], other)]);
      }),
      // A failure here and not in the executor's test hardly depends on the values, so it is not
      // shrunk.
      { numRuns: SEQUENCES / 2, endOnFailure: true },
    );
  },
  SEQUENCES * 6_000,
);
