import { createLogger } from '@rat/runtime';
import {
  appendEvents,
  claimRun,
  createRun,
  openDatabase,
  settleAttempt,
  type Database,
  type NewRunEvent,
} from '@rat/store';
import { eventually } from '@rat/testing';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { alternate, row, timed, type Goal, type Row, type Side } from '../measure.ts';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' } as const;
const LINES = 10_000;
const BATCH = 500;
const LINE = 'Loaded 122,880 rows of the month into the staging folder, 14 files so far';

/** The samples of the first page and of the whole log. */
interface Measured {
  page: number[];
  whole: number[];
}

export const logPage: Bench = {
  name: 'log_page',
  measures: `a log of ${LINES.toLocaleString('en')} lines as JSON: its first page of 1,000, and all of it`,
  run: ({ quick }) => {
    const rounds = quick ? 10 : 30;
    const env = { RAT_LOG_ARCHIVE_MINUTES: '1', RAT_RUNNER_CONCURRENCY: '1' };
    return withFleet({ runners: 1, env }, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
      const log = createLogger('bench', { level: 'error' });
      const url = fleet.databaseUrl;
      const db = openDatabase({ url, maxConnections: 2, applicationName: 'bench', log });
      try {
        const runId = await writeRun(db);
        const stored = await measure(fleet, runId, rounds);
        await fleet.query(
          `UPDATE runs SET finished_at = finished_at - interval '2 hours' WHERE id = '${runId}' RETURNING id`,
        );
        const isArchived = `SELECT 1 FROM runs WHERE id = '${runId}' AND logs_s3_path IS NOT NULL`;
        await eventually(
          'the log is archived',
          async () => (await fleet.query(isArchived)).length > 0,
          120_000,
        );
        const archived = await measure(fleet, runId, rounds);
        return [...toRows('in Postgres', stored), ...toRows('archived', archived)];
      } finally {
        await db.close();
      }
    });
  },
};

async function writeRun(db: Database): Promise<string> {
  const { id: runId } = await createRun(db, {
    pipeline: PIPELINE,
    trigger: { kind: 'api', label: 'bench' },
  });
  const held = { runId, attempt: 1 };
  await claimRun(db, held, { runnerId: 'bench', leaseMs: 600_000 });
  for (let n = 0; n < LINES; n += BATCH) {
    const line: NewRunEvent = {
      kind: 'log',
      at: new Date(),
      level: 'info',
      phase: 'build',
      message: LINE,
    };
    await appendEvents(
      db,
      { ...held, alreadyAppended: n },
      Array.from({ length: BATCH }, () => line),
    );
  }
  const failure = { code: 'sql_error', message: 'made to end' } as const;
  await settleAttempt(db, held, { kind: 'fail', failure }, []);
  return runId;
}

function measure(fleet: BenchFleet, runId: string, rounds: number): Promise<Measured> {
  const read =
    (query: string, lines: number): Side =>
    () =>
      timed(async () => {
        const answer = await fetch(fleet.url(`/runs/${runId}/logs${query}`), {
          headers: { accept: 'application/json' },
        });
        const text = await answer.text();
        // Counts the lines without parsing them: the cost of parsing belongs to the client.
        const found = text.split('{"seq":').length - 1;
        if (found !== lines) throw new Error(`${found} of ${lines} lines: ${text.slice(0, 200)}`);
      });
  return alternate({
    rounds,
    sides: { page: read('?limit=1000', 1_000), whole: read('', LINES) },
  });
}

function toRows(where: string, { page, whole }: Measured): Row[] {
  const goals: Goal[] = [{ of: 'median', atMost: 50 }];
  return [
    row({ what: `${where}: the first 1,000 lines`, unit: 'ms', ours: page, goals }),
    row({ what: `${where}: all ${LINES.toLocaleString('en')}`, unit: 'ms', ours: whole }),
  ];
}
