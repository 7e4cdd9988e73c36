import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseTableMetadata } from '@rat/iceberg';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

/** Runs for minutes unless it is stopped: a cross join that no optimiser folds. */
const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

interface Receipt {
  requested_at: string;
  requested_by: string | null;
  interrupted_at: string | null;
  stopped_at: string | null;
  phase: string | null;
  published: boolean;
}
interface View {
  status: string;
  cancel: Receipt | null;
  next_attempt_at: string | null;
}

/**
 * Picks moments of a run's life without a clock, as a number of requests after its start. Earlier
 * runs teach the range, on any machine and under any load: a cancel in time moves the next moment
 * later, a late one moves it earlier, in equal steps, so that about half of the cancels are in
 * time.
 */
class Moments {
  #span = 12;

  /** Requests before the cancel. */
  next(): number {
    return Math.floor(Math.random() * this.#span);
  }

  learn(answer: number): void {
    this.#span = Math.max(1, answer === 200 ? this.#span * 1.25 : this.#span / 1.25);
  }
}

describe.each(backends())('cancels on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({
      backend,
      apis: 1,
      runners: 1,
      env: { RAT_RUNNER_CONCURRENCY: '2' },
    });
  }, 60_000);
  afterAll(() => fleet.close());

  async function view(id: string): Promise<View> {
    return (await fleet.getJson(`/runs/${id}`)) as View;
  }

  async function cancel(id: string): Promise<number> {
    const url = `${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`;
    const answer = await fetch(url, { method: 'POST' });
    await answer.arrayBuffer();
    return answer.status;
  }

  async function inPhase(id: string, phase: string): Promise<void> {
    await eventually(
      `run ${id} is in ${phase}`,
      async () => {
        const begun = await fleet.query(
          `SELECT 1 FROM run_events WHERE run_id = '${id}' AND kind = 'phase' AND phase = '${phase}'`,
        );
        return begun.length > 0;
      },
      30_000,
    );
  }

  /** The receipt, once the stop is confirmed. */
  async function stopped(id: string): Promise<Receipt> {
    return eventually(
      'the stop is confirmed',
      async () => {
        const { cancel: receipt } = await view(id);
        return receipt !== null && receipt.stopped_at !== null ? receipt : undefined;
      },
      30_000,
    );
  }

  function ms(from: string | null, to: string | null): number {
    return Date.parse(to ?? '') - Date.parse(from ?? '');
  }

  test('thirty cancels each stop a long query within five seconds, with a receipt', async () => {
    const path = 'default/silver/endless';
    await fleet.putPipeline(path, { sql: ENDLESS });
    for (let n = 0; n < 30 / backends().length; n += 1) {
      const id = await fleet.createRun(path);
      await inPhase(id, 'write');
      expect(await cancel(id)).toBe(200);
      expect((await view(id)).status).toBe('cancelled');
      const receipt = await stopped(id);
      expect(receipt).toMatchObject({ phase: 'write', published: false, requested_by: null });
      expect(ms(receipt.requested_at, receipt.interrupted_at)).toBeGreaterThanOrEqual(0);
      expect(ms(receipt.interrupted_at, receipt.stopped_at)).toBeGreaterThanOrEqual(0);
      expect(ms(receipt.requested_at, receipt.stopped_at)).toBeLessThan(5_000);
    }
    const kept = await fleet.query(`SELECT 1 FROM run_events WHERE message = 'Cancel requested'`);
    expect(kept.length).toBeGreaterThanOrEqual(30 / backends().length);
    const data = join(fleet.home, 'warehouse/default/silver/endless/data');
    await eventually('nothing staged is left', async () => {
      return (await readdir(data).catch(() => [])).length === 0;
    });
  }, 120_000);

  test('a cancel during quality tests leaves nothing of the run', async () => {
    const path = 'default/silver/tested';
    const slow = { name: 'slow', sql: `SELECT * FROM (${ENDLESS}) WHERE n < 0` };
    await fleet.putPipeline(path, { sql: 'SELECT 1 AS n', quality_tests: [slow] });
    const id = await fleet.createRun(path);
    await inPhase(id, 'quality');
    expect(await cancel(id)).toBe(200);
    expect(await view(id)).toMatchObject({ status: 'cancelled' });
    expect(await stopped(id)).toMatchObject({ phase: 'quality' });
    await eventually('its branch is gone', async () => {
      const [table] = await fleet.query<{ metadata_location: string }>(
        `SELECT metadata_location FROM lake.iceberg_tables WHERE table_name = 'tested'`,
      );
      if (table === undefined) return true;
      const text = await readFile(fileURLToPath(table.metadata_location), 'utf8');
      return Object.keys(parseTableMetadata(text).refs).length === 0;
    });
  }, 60_000);

  test('a cancel stops a run that waits for its slot, and one between two attempts', async () => {
    const path = 'default/silver/line';
    await fleet.putPipeline(path, { sql: ENDLESS });
    const first = await fleet.createRun(path);
    const second = await fleet.createRun(path);
    await inPhase(first, 'write');
    expect(await cancel(second)).toBe(200);
    expect(await stopped(second)).toMatchObject({ phase: 'pending', interrupted_at: null });
    expect(await cancel(first)).toBe(200);

    const third = await fleet.createRun(path, 0, { retry_delay_seconds: 600 });
    await inPhase(third, 'write');
    // As if its runner had died: the rescue returns it, and it waits for its next attempt.
    await fleet.query(
      `UPDATE runs SET status = 'pending', slot = NULL, lease_expires_at = NULL, not_before = now() + interval '1 hour'
       WHERE id = '${third}'`,
    );
    expect((await view(third)).next_attempt_at).not.toBeNull();
    expect(await cancel(third)).toBe(200);
    // Its runner only seems dead. When the runner notices that it lost the run, it records where
    // the run really stopped.
    const { phase } = await stopped(third);
    expect(['pending', 'write']).toContain(phase);
  }, 60_000);

  test('cancels at random moments end as cancelled and unpublished, or are refused and the run succeeds', async () => {
    const [pipelines, runs, atOnce] = [10, 500 / backends().length, 10];
    for (let n = 0; n < pipelines; n += 1) {
      await fleet.putPipeline(`default/silver/short_${n}`, {
        sql: 'SELECT 1 AS n',
        config: { merge_strategy: 'append_only' },
      });
    }
    const outcomes = new Map<string, number>();
    const ofAll = new Moments();
    const ofStarted = new Moments();
    const turns = Array.from({ length: runs }, (_, n) => n).values();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const n of turns) {
          const id = await fleet.createRun(`default/silver/short_${n % pipelines}`);
          // Most cancels meet a waiting run; those that begin at its start meet its work more
          // often.
          const moments = Math.random() < 0.6 ? ofStarted : ofAll;
          if (moments === ofStarted) {
            await eventually(
              'it has started',
              async () => (await view(id)).status !== 'pending',
              60_000,
            );
          }
          for (let left = moments.next(); left > 0; left -= 1) await view(id);
          const answer = await cancel(id);
          outcomes.set(id, answer);
          moments.learn(answer);
          expect([answer, (await view(id)).status]).toEqual(
            answer === 200 ? [200, 'cancelled'] : [409, 'success'],
          );
        }
      }),
    );
    const succeeded = [...outcomes].filter(([, answer]) => answer === 409).map(([id]) => id);
    // Both ends must occur often, or there was no race.
    expect(succeeded.length).toBeGreaterThan(runs / 10);
    expect(runs - succeeded.length).toBeGreaterThan(runs / 10);
    const published: string[] = [];
    const tables = await fleet.query<{ metadata_location: string }>(
      `SELECT metadata_location FROM lake.iceberg_tables WHERE table_name LIKE 'short_%'`,
    );
    for (const { metadata_location: location } of tables) {
      const look = async () => parseTableMetadata(await readFile(fileURLToPath(location), 'utf8'));
      const { snapshots, refs } = await look();
      const main = refs['main']?.['snapshot-id'];
      const onMain = new Map(snapshots.map((one) => [one['snapshot-id'], one]));
      for (let at = main; at !== undefined;) {
        const snapshot = onMain.get(at);
        published.push(snapshot?.summary['rat.run-id'] ?? 'nobody');
        at = snapshot?.['parent-snapshot-id'];
      }
    }
    expect(published.toSorted()).toEqual(succeeded.toSorted());
    const ended = await fleet.query<{ status: string; stopped: boolean; runs: number }>(
      `SELECT status, cancel_requested_at IS NOT NULL AS stopped, count(*)::int AS runs FROM runs
       WHERE pipeline LIKE 'short_%' GROUP BY 1, 2 ORDER BY 1`,
    );
    expect(ended).toEqual([
      { status: 'cancelled', stopped: true, runs: runs - succeeded.length },
      { status: 'success', stopped: false, runs: succeeded.length },
    ]);
    await eventually(
      'every receipt is complete',
      async () => {
        const open = await fleet.query(
          `SELECT 1 FROM runs WHERE status = 'cancelled' AND cancel_stopped_at IS NULL`,
        );
        return open.length === 0;
      },
      30_000,
    );
  }, 180_000);
});
