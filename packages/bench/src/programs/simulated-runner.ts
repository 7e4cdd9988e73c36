// A runner without DuckDB: real tickets, claims, hints, publications and log lines, by the
// product's own functions. In place of the SQL it pauses for WORK_MS, so its cost is the platform's
// cost.
import { enqueueNext } from '@rat/dispatch';
import { openRunHints } from '@rat/hints';
import { openRunQueue, openRunWorker } from '@rat/queue';
import { createLogger, retryFor, waitFor } from '@rat/runtime';
import { claimRun, findTables, openDatabase, publishRun, type ClaimedRun } from '@rat/store';
import { endWithBenchmark, setting } from './program.ts';

const prefix = setting('RAT_QUEUE_PREFIX');
const name = setting('NAME');
const workMs = Number(setting('WORK_MS'));
const log = createLogger('simulated', { level: 'error' });
const connection = { kind: 'redis', url: setting('REDIS_URL') } as const;
const db = openDatabase({
  url: setting('DATABASE_URL'),
  maxConnections: 10,
  applicationName: name,
  log,
});
const queue = openRunQueue({ connection, prefix, log });
const hints = openRunHints({ connection, channel: `${prefix}_runs`, log });
const never = new AbortController().signal;

async function execute(ticket: { runId: string; attempt: number }): Promise<void> {
  const run = await claimRun(db, ticket, { runnerId: name, leaseMs: 60_000 });
  if (run === undefined) return;
  void hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'running' });
  if (workMs > 0) await waitFor(workMs, never);
  for (let settled = false; !settled;) settled = await settle(run);
}

/** Publishes on top of the current pointer, which another run of the pipeline may have moved. */
async function settle(run: ClaimedRun): Promise<boolean> {
  const table = { namespace: run.namespace, layer: run.layer, name: run.pipeline };
  const found = await findTables(db, [table]);
  const expected = found.get(`${table.namespace}.${table.layer}.${table.name}`);
  const answer = await publishRun(
    db,
    { runId: run.id, attempt: run.attempt },
    {
      move: { table, expected, next: `file:///simulated/${run.id}.metadata.json` },
      snapshotId: '1',
      inputSnapshots: {},
      rowsWritten: 0,
      rowsDeleted: 0,
      rowsTotal: 0,
    },
    [],
  );
  if (answer.kind === 'conflict') return false;
  if (answer.kind !== 'settled') throw new Error(`not settled: ${answer.kind}`);
  const { seq, status } = answer;
  await Promise.all([
    hints.publish({ kind: 'moved', runId: run.id, seq, status }),
    enqueueNext({ db, queue, log }, run.id),
  ]);
  return true;
}

openRunWorker({
  connection,
  prefix,
  name,
  concurrency: Number(setting('SLOTS')),
  process: (ticket) => execute(ticket).then(() => undefined),
  log,
});
await retryFor(() => queue.check(), { forMs: 10_000, everyMs: 20, onError: () => undefined });
console.log('working');
endWithBenchmark();
