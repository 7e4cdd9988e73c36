// A replica that fires schedules by a simulated clock, until it is killed. It runs the built packages, so that
// a test can kill it and freeze it. The clock begins at `baseMs` when the wall clock shows `startedMs`, runs
// `speed` times as fast, and stops at `endMs`.
import { setTimeout as pause } from 'node:timers/promises';
import { announceRun, planFirings } from '@rat/dispatch';
import { openRunHints } from '@rat/hints';
import { chooseQueueConnection, openRunQueue } from '@rat/queue';
import { createLogger } from '@rat/runtime';
import { fireSchedules, openDatabase } from '@rat/store';

const { url, redisUrl, prefix, baseMs, startedMs, speed, endMs } = JSON.parse(process.argv[2]);
const log = createLogger('replica', { level: 'silent' });
const connection = chooseQueueConnection({ redisUrl, databaseUrl: url });
const db = openDatabase({ url, maxConnections: 2, applicationName: 'replica', log });
const queue = openRunQueue({ connection, prefix, log });
const hints = openRunHints({ connection, channel: `${prefix}_runs`, log });

process.stdout.write('fires\n');
for (;;) {
  const now = new Date(Math.min(endMs, baseMs + (Date.now() - startedMs) * speed));
  try {
    const turn = await fireSchedules(db, { plan: planFirings, limit: 20, now });
    for (const run of turn.runs) announceRun({ queue, hints, log }, run);
  } catch {
    // Its session was ended while it was frozen; the next turn has another one.
  }
  await pause(20);
}
