import { DuckDBInstance } from '@duckdb/node-api';
import { quoteText } from '@rat/domain';
import { pathFromUri } from '@rat/storage';
import type { Fleet } from '@rat/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liveFiles, median, phase, round, run, seconds, type Tell } from './table-facts.ts';

/** (a) An incremental run of 10,000 adjacent keys on 20 million rows that are sorted by key. */
export async function measureMerge(fleet: Fleet, tell: Tell): Promise<void> {
  const path = 'default/silver/events';
  const columns = 'i AS id, random() AS v, (random() * 1000000)::INT AS k';
  const config = { merge_strategy: 'incremental', unique_key: ['id'] };
  await fleet.putPipeline(path, { sql: `SELECT ${columns} FROM range(20000000) r(i)`, config });
  const made = await run(fleet, path);
  const live = await liveFiles(fleet, 'silver', 'events');
  const total = live.size;
  tell('merge: the table', {
    rows: 20_000_000,
    files: total,
    megabytes: Math.round([...live.values()].reduce((sum, file) => sum + file.fileSize, 0) / 1e6),
    seconds: seconds(made.duration_ms ?? 0),
  });
  const runs: number[] = [];
  const writes: number[] = [];
  const changes: { removed: number; added: number; of: number }[] = [];
  const baselines: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const first = 1_000_000 + n * 3_700_000;
    const sql = `SELECT ${columns} FROM range(${first}, ${first + 10_000}) r(i)`;
    await fleet.putPipeline(path, { sql, config });
    const before = await liveFiles(fleet, 'silver', 'events');
    const { duration_ms, phases } = await run(fleet, path);
    const after = await liveFiles(fleet, 'silver', 'events');
    const removed = [...before.values()].filter((file) => !after.has(file.path));
    const added = [...after.values()].filter((file) => !before.has(file.path));
    runs.push(duration_ms ?? 0);
    writes.push(phase(phases, 'write') + phase(phases, 'publish'));
    changes.push({ removed: removed.length, added: added.length, of: before.size });
    // The removed files still exist, for readers of the old version.
    baselines.push(await copyMs(removed.map((file) => pathFromUri(file.path))));
  }
  const most = Math.max(...changes.map((change) => change.removed));
  if (most === 0 || most > total / 4) {
    throw new Error(`a batch of neighbours rewrote ${most} of ${total} files`);
  }
  const baseline = median(baselines);
  tell('merge: 10,000 neighbouring keys', {
    run_seconds: seconds(median(runs)),
    write_and_publish_seconds: seconds(median(writes)),
    duckdb_copy_of_the_same_files_seconds: seconds(baseline),
    ratio: round(median(writes) / baseline),
    files: changes
      .map(({ removed, added, of }) => `${removed} of ${of} became ${added}`)
      .join(', '),
  });
}

/** The time that DuckDB alone takes to read these files and write their rows again. */
async function copyMs(paths: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rat-copy-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const began = performance.now();
    await connection.run(
      `COPY (FROM read_parquet([${paths.map(quoteText).join(', ')}])) TO ${quoteText(join(folder, 'copy.parquet'))}
       (FORMAT parquet, COMPRESSION zstd)`,
    );
    return performance.now() - began;
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}
