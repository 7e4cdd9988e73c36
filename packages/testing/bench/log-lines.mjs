import pg from 'pg';
import { openRunHints } from '@rat/events';
import { createLogger } from '@rat/runtime';
import { claimRun, createRun, openDatabase } from '@rat/store';
import { StreamWriter } from '../../../apps/runner/dist/stream-writer.js';
import { openEventStream } from '../dist/index.js';
import { withFleet } from './bench-fleet.mjs';
import { alternate, row } from './measure.mjs';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' };
const BATCH = 500;
const LINE = 'Loaded 122,880 rows of the month into the staging folder, 14 files so far';

export const logLines = {
  name: 'log_lines',
  measures: 'lines of a running run, durable and received by a watcher over SSE',
  against: `an \`unnest\` insert of ${BATCH} rows, and again`,
  run: ({ quick }) =>
    withFleet({}, async (fleet) => {
      const lines = quick ? 5_000 : 20_000;
      const config = { concurrency: { limit: 1_000 } };
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n', config });
      const log = createLogger('bench', { level: 'error' });
      const db = openDatabase({
        url: fleet.databaseUrl,
        maxConnections: 4,
        applicationName: 'bench',
        log,
      });
      const connection = { kind: 'redis', url: fleet.redisUrl };
      const hints = openRunHints({ connection, channel: `${fleet.prefix}_runs`, log });
      const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 1 });
      pool.on('error', () => undefined);
      await pool.query(
        'CREATE TABLE bare_lines (run_id uuid, seq int, at timestamptz, message text, PRIMARY KEY (run_id, seq))',
      );
      try {
        const measured = await alternate({
          rounds: quick ? 3 : 7,
          sides: {
            ours: () => writeWatched({ fleet, db, hints, log }, lines),
            baseline: () => writeBare(pool, lines),
          },
        });
        const goals = [{ of: 'ratio', atLeast: 0.5 }];
        return [row({ what: 'one run, one watcher', unit: 'lines/s', ...measured, goals })];
      } finally {
        await hints.close();
        await db.close();
        await pool.end();
      }
    }),
};

async function writeWatched({ fleet, db, hints, log }, lines) {
  const { id: runId } = await createRun(db, { pipeline: PIPELINE, trigger: 'bench' });
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 600_000 });
  const writer = new StreamWriter({
    db,
    held: { runId, attempt: 1 },
    limits: { maxLines: lines, maxBytes: 1024 ** 3 },
    signal: new AbortController().signal,
    onAppended: (seq) => void hints.publish({ kind: 'moved', runId, seq }),
    log,
  });
  // As an executor's pipe is: it says nothing while it is held.
  let isHeld = false;
  let letGo = () => undefined;
  writer.heed({
    pause: () => (isHeld = true),
    resume: () => {
      isHeld = false;
      letGo();
    },
  });
  const stream = await openEventStream(fleet.url(`/runs/${runId}/logs`));
  const received = countLines(stream, lines);
  const began = performance.now();
  for (let n = 0; n < lines; n += 1) {
    if (isHeld) await new Promise((resolve) => (letGo = resolve));
    writer.add({ kind: 'log', at: new Date(), level: 'info', phase: 'build', message: LINE });
  }
  await writer.finish();
  await received;
  return (lines * 1_000) / (performance.now() - began);
}

async function countLines(stream, lines) {
  let count = 0;
  for await (const { event } of stream) {
    if (event === 'log') count += 1;
    if (count === lines) return;
  }
  throw new Error(`the stream ended after ${count} of ${lines} lines`);
}

async function writeBare(pool, lines) {
  const { rows } = await pool.query('SELECT gen_random_uuid() AS id');
  const began = performance.now();
  for (let n = 0; n < lines; n += BATCH) {
    await pool.query({
      name: 'bare-append',
      text: `INSERT INTO bare_lines SELECT $1, e.seq, e.at, e.message FROM unnest($2::int[], $3::timestamptz[], $4::text[]) AS e(seq, at, message)`,
      values: [
        rows[0].id,
        Array.from({ length: BATCH }, (_, i) => n + i),
        Array.from({ length: BATCH }, () => new Date()),
        Array.from({ length: BATCH }, () => LINE),
      ],
    });
  }
  return (lines * 1_000) / (performance.now() - began);
}
