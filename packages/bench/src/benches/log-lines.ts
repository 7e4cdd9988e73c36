import pg from 'pg';
import { openRunHints, type RunHints } from '@rat/hints';
import { createLogger, type Logger } from '@rat/runtime';
import { claimRun, createRun, openDatabase, type Database } from '@rat/store';
import { StreamWriter } from '../../../../apps/runner/dist/attempt/stream-writer.js';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { alternate, row } from '../measure.ts';
import { watchRun } from '../watch-run.ts';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' } as const;
const BATCH = 500;
const LINE = 'Loaded 122,880 rows of the month into the staging folder, 14 files so far';
const STEADY_LINES_A_MS = 1;

interface Deps {
  fleet: BenchFleet;
  db: Database;
  hints: RunHints;
  log: Logger;
}

/** A claimed run; `say` writes its next line. */
interface OpenRun {
  runId: string;
  writer: StreamWriter;
  say: () => void;
}

export const logLines: Bench = {
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
      const connection = { kind: 'redis', url: fleet.redisUrl } as const;
      const hints = openRunHints({ connection, channel: `${fleet.prefix}_runs`, log });
      const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 1 });
      pool.on('error', () => undefined);
      await pool.query(
        'CREATE TABLE bare_lines (run_id uuid, seq int, at timestamptz, message text, PRIMARY KEY (run_id, seq))',
      );
      const deps = { fleet, db, hints, log };
      try {
        const { watched, alone, baseline } = await alternate({
          rounds: quick ? 3 : 7,
          sides: {
            watched: () => writeWatched(deps, lines),
            alone: () => writeAlone(deps, lines),
            baseline: () => writeBare(pool, lines),
          },
        });
        await writeSteadily(deps, 1_000);
        const latencies = await writeSteadily(deps, quick ? 3_000 : 15_000);
        return [
          row({
            what: 'one run, one watcher',
            unit: 'lines/s',
            ours: watched,
            baseline,
            goals: [{ of: 'ratio', atLeast: 0.5 }],
          }),
          row({
            what: 'one run that nobody watches',
            unit: 'lines/s',
            ours: alone,
            baseline,
            goals: [{ of: 'ratio', atLeast: 0.5 }],
          }),
          row({
            what: '1,000 lines/s: handed to the runner → received',
            unit: 'ms',
            ours: latencies,
            goals: [
              { of: 'median', atMost: 30 },
              { of: 'p95', atMost: 150 },
            ],
          }),
        ];
      } finally {
        await hints.close();
        await db.close();
        await pool.end();
      }
    }),
};

async function openRun({ db, hints, log }: Deps, maxLines: number): Promise<OpenRun> {
  const { id: runId } = await createRun(db, {
    pipeline: PIPELINE,
    trigger: { kind: 'api', label: 'bench' },
  });
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 600_000 });
  const writer = new StreamWriter({
    db,
    held: { runId, attempt: 1 },
    limits: { maxLines, maxBytes: 1024 ** 3 },
    ownFolders: ['/var/lib/rat'],
    signal: new AbortController().signal,
    onAppended: (seq) => void hints.publish({ kind: 'moved', runId, seq }),
    log,
  });
  const say = (): void =>
    writer.add({ kind: 'log', at: new Date(), level: 'info', phase: 'build', message: LINE });
  return { runId, writer, say };
}

async function writeWatched(deps: Deps, lines: number): Promise<number> {
  const run = await openRun(deps, lines);
  const watcher = await watchRun(deps.fleet.url(`/runs/${run.runId}/logs`));
  const received = watcher.until(lines);
  const rate = await linesPerSecond(run, lines, received);
  watcher.close();
  return rate;
}

async function writeAlone(deps: Deps, lines: number): Promise<number> {
  return linesPerSecond(await openRun(deps, lines), lines, undefined);
}

async function linesPerSecond(
  { writer, say }: OpenRun,
  lines: number,
  received: Promise<void> | undefined,
): Promise<number> {
  // Behaves as an executor's pipe: it sends no line while it is paused.
  let isHeld = false;
  let letGo = (): void => undefined;
  writer.onBackpressure({
    pause: () => {
      isHeld = true;
    },
    resume: () => {
      isHeld = false;
      letGo();
    },
  });
  const began = performance.now();
  for (let n = 0; n < lines; n += 1) {
    if (isHeld) await new Promise<void>((resolve) => (letGo = resolve));
    say();
  }
  await writer.finish();
  await received;
  return (lines * 1_000) / (performance.now() - began);
}

/** The latency of each line at a steady rate. The stream is ordered: line n arrives as the n-th. */
async function writeSteadily(deps: Deps, lines: number): Promise<number[]> {
  const said: number[] = [];
  const took: number[] = [];
  const onLines = (count: number): void => {
    const now = performance.now();
    while (took.length < count) took.push(now - (said[took.length] ?? now));
  };
  const { runId, writer, say } = await openRun(deps, lines);
  const watcher = await watchRun(deps.fleet.url(`/runs/${runId}/logs`), onLines);
  const received = watcher.until(lines);
  const began = performance.now();
  while (said.length < lines) {
    const due = Math.min(lines, (performance.now() - began) * STEADY_LINES_A_MS);
    while (said.length < due) {
      said.push(performance.now());
      say();
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await received;
  await writer.finish();
  watcher.close();
  return took;
}

async function writeBare(pool: pg.Pool, lines: number): Promise<number> {
  const { rows } = await pool.query<{ id: string }>('SELECT gen_random_uuid() AS id');
  const began = performance.now();
  for (let n = 0; n < lines; n += BATCH) {
    await pool.query({
      name: 'bare-append',
      text: `INSERT INTO bare_lines SELECT $1, e.seq, e.at, e.message FROM unnest($2::int[], $3::timestamptz[], $4::text[]) AS e(seq, at, message)`,
      values: [
        rows[0]?.id,
        Array.from({ length: BATCH }, (_, i) => n + i),
        Array.from({ length: BATCH }, () => new Date()),
        Array.from({ length: BATCH }, () => LINE),
      ],
    });
  }
  return (lines * 1_000) / (performance.now() - began);
}
