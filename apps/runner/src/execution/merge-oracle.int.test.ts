import { afterAll, beforeAll, test } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MERGE_STRATEGIES, type MergeStrategy } from '@rat/domain';
import { openSession, type Session } from '@rat/engine-duckdb/testing';
import fc from 'fast-check';
import { followSequence, readScan } from '../../test/follow-sequence.ts';
import { mergeSequences, type MergeSequence } from '../../test/merge-sequences.ts';
import { TableHarness } from '../../test/table-harness.ts';

const SEQUENCES = 200;

let root: string;
/** One table for each of the sequences that run at the same time. */
let readers: [Session, Session];
let sequences = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-oracle-'));
  await mkdir(join(root, 'temp'));
  const open = (): Promise<Session> =>
    openSession({
      inputs: { tables: {}, fileLists: {} },
      // Queries may read every file of the folder.
      stagingDir: root,
      tempDir: join(root, 'temp'),
      memoryLimitMb: 256,
      tempLimitMb: 64,
      threads: 1,
    });
  readers = [await open(), await open()];
});
afterAll(async () => {
  for (const reader of readers) await reader.close();
  await rm(root, { recursive: true, force: true });
});

async function check(reader: Session, strategy: MergeStrategy, plan: MergeSequence): Promise<void> {
  const folder = join(root, `table_${++sequences}`);
  const table = new TableHarness(folder);
  const followed = {
    run: async (pipeline: Parameters<TableHarness['run']>[0], n: number) => {
      const startedAt = `2026-07-01T1${n}:00:00.000Z`;
      const published = await table.run({ ...pipeline, startedAt });
      const { rows: written, rowsDeleted: deleted, rowsTotal: total } = published;
      return { written, deleted, total, startedAt };
    },
    read: async () => readScan(reader, (await table.scan()).sql),
  };
  await followSequence(followed, strategy, plan);
  await rm(folder, { recursive: true, force: true });
}

test.each(MERGE_STRATEGIES)(
  '%s matches its definition on random sequences of changes',
  async (strategy) => {
    await fc.assert(
      fc.asyncProperty(mergeSequences, mergeSequences, async (one, other) => {
        await Promise.all([check(readers[0], strategy, one), check(readers[1], strategy, other)]);
      }),
      { numRuns: SEQUENCES / 2 },
    );
  },
  300_000,
);
