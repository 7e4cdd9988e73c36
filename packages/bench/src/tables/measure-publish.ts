import pg from 'pg';
import { findRefSnapshot, publishRunBranch, stageChange, type LiveFile } from '@rat/iceberg';
import type { LocalTableFiles } from '@rat/storage';
import { moveTable } from '@rat/store';
import type { Fleet } from '@rat/testing';
import { randomUUID } from 'node:crypto';
import { readPublishTimes } from '../publish-times.ts';
import {
  current,
  given,
  mainFiles,
  median,
  MINUTES,
  readRun,
  round,
  run,
  type Tell,
} from './table-facts.ts';

const MEASURED_RUNS = 20;

let template: LiveFile | undefined;

/**
 * (b) The time of a publish on a table with that many versions. The measured runs are real. Most
 * runs before them are only their two commits, with a copy of the first run's file.
 */
export async function measurePublish(fleet: Fleet, tell: Tell, timed: string): Promise<void> {
  const path = 'default/silver/ticks';
  const config = { merge_strategy: 'append_only' };
  await fleet.putPipeline(path, { sql: 'SELECT 1 AS n', config });
  await run(fleet, path);
  const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 1 });
  try {
    let done = 1;
    for (const until of [100, 300, 1_000]) {
      for (; done < until - MEASURED_RUNS; done += 1) {
        await commitAppend(fleet, pool);
        if (done % 100 === 0) await maintain(fleet, 'ticks');
      }
      const ids: string[] = [];
      for (let n = 0; n < MEASURED_RUNS; n += 1) {
        const id = await fleet.createRun(path);
        await fleet.spy.waitFor(id, 'success', MINUTES);
        ids.push(id);
      }
      done += MEASURED_RUNS;
      await tellPublish({ fleet, tell }, { done, ids, timed });
    }
  } finally {
    await pool.end();
  }
}

async function commitAppend(fleet: Fleet, pool: pg.Pool): Promise<void> {
  const table = { namespace: 'default', layer: 'silver', name: 'ticks' } as const;
  const { files, metadata, location } = await current(fleet, 'silver', 'ticks');
  template ??= given((await mainFiles(files, metadata))[0]);
  const { sequenceNumber: _, ...file } = template;
  const runId = randomUUID();
  const uri = files.uri('default', 'silver', 'ticks', 'data', `${runId}.parquet`);
  await files.writeNew(uri, await files.read(file.path));
  const nowMs = Date.now();
  const staged = await stageChange(files, {
    tableUri: metadata.location,
    current: { metadata, location },
    runId,
    added: [{ ...file, path: uri }],
    removed: new Set(),
    schema: given(metadata.schemas.at(-1)),
    spec: given(metadata['partition-specs'].at(-1)),
    maxBranchAgeMs: 86_400_000,
    nowMs,
  });
  await moveTable({ pool }, { table, expected: location, next: staged.location });
  const next = await publishRunBranch(files, staged, { runId, nowMs });
  await moveTable({ pool }, { table, expected: staged.location, next: next.location });
  for (const dropped of [...staged.expiredMetadataUris, ...next.expiredMetadataUris])
    await files.remove(dropped);
}

async function tellPublish(
  { fleet, tell }: { fleet: Fleet; tell: Tell },
  { done, ids, timed }: { done: number; ids: readonly string[]; timed: string },
): Promise<void> {
  const runs = await Promise.all(ids.map((id) => readRun(fleet, id)));
  const times = await Promise.all(runs.map((one) => readPublishTimes(timed, one)));
  const { metadata, location, files } = await current(fleet, 'silver', 'ticks');
  const head = given(findRefSnapshot(metadata, 'main'));
  const list = await files.read(head['manifest-list']);
  tell(`publish: run ${done}, median of the last ${ids.length}`, {
    publish_to_commit_ms: median(times.map(({ wholeMs }) => wholeMs)),
    publish_transaction_ms: round(median(times.map(({ transactionMs }) => transactionMs))),
    run_ms: median(runs.map((one) => one.duration_ms ?? 0)),
    snapshots: metadata.snapshots.length,
    metadata_kilobytes: Math.round((await files.read(location)).length / 1e3),
    manifest_list_kilobytes: Math.round(list.length / 1e3),
    synced_write_of_such_a_file_ms: round(
      await writeMs(files, (await files.read(location)).length),
    ),
  });
}

async function maintain(fleet: Fleet, table: string): Promise<void> {
  const answer = await fetch(`${fleet.apis[0]?.url}/api/v1/maintenance`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ namespace: 'default', layer: 'silver', table }),
  });
  const { runs } = (await answer.json()) as { runs: { run_id: string }[] };
  await fleet.spy.waitFor(given(runs[0]).run_id, 'success', MINUTES);
}

async function writeMs(files: LocalTableFiles, bytes: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const uri = files.uri('measure', randomUUID());
    const began = performance.now();
    await files.writeNew(uri, Buffer.alloc(bytes, 'x'));
    times.push(performance.now() - began);
  }
  return median(times);
}
