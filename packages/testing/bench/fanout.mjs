import { Agent, get } from 'node:http';
import { openRunHints } from '@rat/events';
import { createLogger } from '@rat/runtime';
import { appendEvents, claimRun, createRun, openDatabase } from '@rat/store';
import { withFleet } from './bench-fleet.mjs';
import { openHttpClient } from './http-client.mjs';
import { alternate, inParallel, row, timed } from './measure.mjs';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' };
const MARKER = '"marker';

export const fanout = {
  name: 'fanout',
  measures: 'one log line → received by every watcher of the run, commit and hint included',
  against: '`res.write` to as many open responses',
  run: ({ quick }) => {
    const watchers = quick ? 500 : 2_000;
    return withFleet({ env: { RAT_SSE_MAX_PER_CLIENT: '5000' } }, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
      const log = createLogger('bench', { level: 'error' });
      const { databaseUrl: url, redisUrl } = fleet;
      const db = openDatabase({ url, maxConnections: 2, applicationName: 'bench', log });
      const connection = { kind: 'redis', url: redisUrl };
      const hints = openRunHints({ connection, channel: `${fleet.prefix}_runs`, log });
      const http = openHttpClient(1);
      const { port } = await fleet.startProgram('bare-broadcast');
      const { id: runId } = await createRun(db, { pipeline: PIPELINE, trigger: 'bench' });
      await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 600_000 });
      const ours = await watch(fleet.url(`/runs/${runId}/logs`), watchers);
      const bare = await watch(`http://127.0.0.1:${port}/`, watchers);
      let appended = 0;
      try {
        const measured = await alternate({
          rounds: quick ? 10 : 30,
          sides: {
            ours: () =>
              timed(async () => {
                const all = ours.all();
                const held = { runId, attempt: 1, alreadyAppended: appended };
                const line = { kind: 'log', at: new Date(), level: 'info', phase: 'build' };
                const answer = await appendEvents(db, held, [{ ...line, message: 'marker' }]);
                appended += 1;
                await hints.publish({ kind: 'moved', runId, seq: answer.lastSeq });
                await all;
              }),
            baseline: () =>
              timed(async () => {
                const all = bare.all();
                await http.post(`http://127.0.0.1:${port}/`, {});
                await all;
              }),
          },
        });
        const what = `${watchers} watchers`;
        return [row({ what, unit: 'ms', ...measured, goals: [{ of: 'ratio', atMost: 2 }] })];
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

/** Opens that many streams. `all` resolves when each has received one marker more. */
async function watch(url, count) {
  const agent = new Agent({ maxSockets: count });
  let missing = 0;
  let reached = () => undefined;
  const open = () =>
    new Promise((resolve, reject) => {
      const request = get(url, { agent, headers: { accept: 'text/event-stream' } }, (answer) => {
        if (answer.statusCode !== 200) {
          reject(new Error(`${url}: ${answer.statusCode}`));
          return;
        }
        answer.setEncoding('latin1');
        answer.on('data', (chunk) => {
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
