import { Agent, get, type IncomingMessage } from 'node:http';
import { openRunHints, type RunHints } from '@rat/hints';
import { createLogger } from '@rat/runtime';
import {
  appendEvents,
  claimRun,
  createRun,
  openDatabase,
  type Database,
  type NewRunEvent,
} from '@rat/store';
import { apiGauge, type ApiGauge } from '../api-gauge-client.ts';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { alternate, inParallel, row, timed } from '../measure.ts';
import { watchRun } from '../watch-run.ts';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' } as const;
const MARKER = '"marker';
const PAUSED_MB = 20;
const PAUSED_LINES = 500;
const PAUSED_LINE_BYTES = 1_024;

export const fanout: Bench = {
  name: 'fanout',
  measures: 'one log line → received by every watcher of the run, commit and hint included',
  against: '`res.write` to as many open responses',
  run: async ({ quick }) => {
    const watchers = quick ? 500 : 2_000;
    const gauge = await apiGauge();
    const env = { RAT_SSE_MAX_PER_CLIENT: '5000', ...gauge.env };
    return withFleet({ env }, async (fleet) => {
      const config = { concurrency: { limit: 10 } };
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n', config });
      const log = createLogger('bench', { level: 'error' });
      const { databaseUrl: url, redisUrl } = fleet;
      const db = openDatabase({ url, maxConnections: 2, applicationName: 'bench', log });
      const connection = { kind: 'redis', url: redisUrl } as const;
      const hints = openRunHints({ connection, channel: `${fleet.prefix}_runs`, log });
      const http = openHttpClient(1);
      const { port } = await fleet.startProgram('bare-broadcast');
      const { id: runId } = await createRun(db, {
        pipeline: PIPELINE,
        trigger: { kind: 'api', label: 'bench' },
      });
      await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 600_000 });
      // The first stream loads modules; that cost does not belong to a stream.
      (await watch(fleet.url(`/runs/${runId}/logs`), 50)).close();
      const emptyKb = await gauge.memoryKb();
      const ours = await watch(fleet.url(`/runs/${runId}/logs`), watchers);
      const fullKb = await gauge.memoryKb();
      const bare = await watch(`http://127.0.0.1:${port}/`, watchers);
      let appended = 0;
      const lags: number[] = [];
      try {
        const measured = await alternate({
          rounds: quick ? 10 : 30,
          sides: {
            ours: async (round) => {
              await gauge.reset();
              const ms = await timed(async () => {
                const all = ours.all();
                const held = { runId, attempt: 1, alreadyAppended: appended };
                const seq = await append(db, held, [logLine('marker')]);
                appended += 1;
                await hints.publish({ kind: 'moved', runId, seq });
                await all;
              });
              if (round >= 0) lags.push(await gauge.lagMs());
              return ms;
            },
            baseline: () =>
              timed(async () => {
                const all = bare.all();
                await http.post(`http://127.0.0.1:${port}/`, {});
                await all;
              }),
          },
        });
        const what = `${watchers} watchers`;
        ours.close();
        const pausedKb = await costOfPaused({ fleet, db, hints, gauge });
        return [
          row({ what, unit: 'ms', ...measured, goals: [{ of: 'ratio', atMost: 2 }] }),
          row({
            what: 'event loop lag during this, p99 of each time',
            unit: 'ms',
            ours: lags,
            goals: [{ of: 'p99', atMost: 100 }],
          }),
          row({
            what: 'memory of a watcher',
            unit: 'KB',
            ours: [(fullKb - emptyKb) / watchers],
            goals: [{ of: 'max', atMost: 40 }],
          }),
          row({
            what: `memory of a watcher that does not read, ${PAUSED_MB} MB behind`,
            unit: 'KB',
            ours: [pausedKb],
            goals: [{ of: 'max', atMost: 2_048 }],
          }),
        ];
      } finally {
        ours.close();
        bare.close();
        http.close();
        await hints.close();
        await db.close();
      }
    });
  },
};

/**
 * The growth of the API's memory for a client that does not read while its run writes many lines.
 */
async function costOfPaused({
  fleet,
  db,
  hints,
  gauge,
}: {
  fleet: BenchFleet;
  db: Database;
  hints: RunHints;
  gauge: ApiGauge;
}): Promise<number> {
  let costKb = 0;
  // The first result is dropped: reading that much once makes any heap grow.
  for (let time = 0; time < 2; time += 1) {
    const { id: runId } = await createRun(db, {
      pipeline: PIPELINE,
      trigger: { kind: 'api', label: 'bench' },
    });
    await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 600_000 });
    const beforeKb = await gauge.memoryKb();
    const watcher = await watchRun(fleet.url(`/runs/${runId}/logs`));
    watcher.pause();
    const lines = Array.from({ length: PAUSED_LINES }, () =>
      logLine('x'.repeat(PAUSED_LINE_BYTES)),
    );
    let said = 0;
    for (; said * PAUSED_LINE_BYTES < PAUSED_MB * 1024 ** 2; said += PAUSED_LINES) {
      const held = { runId, attempt: 1, alreadyAppended: said };
      const seq = await append(db, held, lines);
      await hints.publish({ kind: 'moved', runId, seq });
    }
    costKb = (await gauge.memoryKb()) - beforeKb;
    // The client was connected all the time, and lost no line.
    watcher.resume();
    await watcher.until(said);
    watcher.close();
  }
  return costKb;
}

function logLine(message: string): NewRunEvent {
  return { kind: 'log', at: new Date(), level: 'info', phase: 'build', message };
}

/** Appends to a stream that this process owns; returns the seq of the last row. */
async function append(
  db: Database,
  held: Parameters<typeof appendEvents>[1],
  lines: readonly NewRunEvent[],
): Promise<number> {
  const answer = await appendEvents(db, held, lines);
  if (answer.kind === 'fenced') throw new Error(`run ${held.runId} has another owner`);
  return answer.lastSeq;
}

/** The open streams of one address. */
interface Watchers {
  all: () => Promise<void>;
  close: () => void;
}

/** Opens `count` streams. `all` resolves when each has received one more marker. */
async function watch(url: string, count: number): Promise<Watchers> {
  const agent = new Agent({ maxSockets: count });
  let missing = 0;
  let reached = (): void => undefined;
  const open = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = get(url, { agent, headers: { accept: 'text/event-stream' } }, (answer) => {
        if (answer.statusCode !== 200) {
          reject(new Error(`${url}: ${answer.statusCode}`));
          return;
        }
        answer.setEncoding('latin1');
        answer.on('data', (chunk: string) => {
          if (chunk.includes(MARKER) && --missing === 0) reached();
        });
        answer.on('error', () => undefined);
        resolve(answer);
      });
      request.on('error', reject);
    });
  const answers = await inParallel(50, count, open);
  return {
    all: () => {
      missing = count;
      return new Promise((resolve) => (reached = resolve));
    },
    close: () => {
      for (const answer of answers) answer.destroy();
      agent.destroy();
    },
  };
}
