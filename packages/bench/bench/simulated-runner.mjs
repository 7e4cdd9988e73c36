// A runner without DuckDB: real tickets, claims, hints, publications and log lines, by the
// product's own functions. In place of the SQL it pauses for WORK_MS, so its cost is the platform's
// cost.
import { enqueueNext } from '@rat/dispatch';
import { openRunHints } from '@rat/hints';
import { openRunQueue, openRunWorker } from '@rat/queue';
import { createLogger, retryFor, waitFor } from '@rat/runtime';
import { claimRun, findTables, openDatabase, publishRun } from '@rat/store';

const { DATABASE_URL, REDIS_URL, RAT_QUEUE_PREFIX, SLOTS, WORK_MS, NAME } = process.env;
const log = createLogger('simulated', { level: 'error' });
const connection = { kind: 'redis', url: REDIS_URL };
const db = openDatabase({ url: DATABASE_URL, maxConnections: 10, applicationName: NAME, log });
const queue = openRunQueue({ connection, prefix: RAT_QUEUE_PREFIX, log });
const hints = openRunHints({ connection, channel: `${RAT_QUEUE_PREFIX}_runs`, log });
const never = new AbortController().signal;

async function execute(ticket) {
  const run = await claimRun(db, ticket, { runnerId: NAME, leaseMs: 60_000 });
  if (run === undefined) return;
  void hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'running' });
  if (Number(WORK_MS) > 0) await waitFor(Number(WORK_MS), never);
  for (let settled = false; !settled;) settled = await settle(run);
}

/** Publishes on top of the current pointer, which another run of the pipeline may have moved. */
async function settle(run) {
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
  const hint = { kind: 'moved', runId: run.id, seq: answer.seq, status: answer.status };
  await Promise.all([hints.publish(hint), enqueueNext({ db, queue, hints, log }, run.id)]);
  return true;
}

openRunWorker({
  connection,
  prefix: RAT_QUEUE_PREFIX,
  name: NAME,
  concurrency: Number(SLOTS),
  process: execute,
  log,
});
await retryFor(() => queue.check(), { forMs: 10_000, everyMs: 20, onError: () => undefined });
console.log('working');
process.stdin.resume().on('end', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
