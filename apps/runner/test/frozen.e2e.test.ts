import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseTableMetadata } from '@rat/iceberg';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

/** Takes seconds, and ends. */
const SLOW = `SELECT count(*) AS n FROM range(40000) a, range(6000) b WHERE hash(a.range, b.range) % 7 = 3`;

describe.each(backends())('a runner on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ backend, apis: 1, runners: 1, env: { RAT_LEASE_SECONDS: '4' } });
    await fleet.putPipeline('default/silver/slow', {
      sql: SLOW,
      config: { merge_strategy: 'append_only' },
    });
  }, 60_000);
  afterAll(() => fleet.close());

  /** All durable facts of runs and tables, except the heartbeats of living runners. */
  async function everything(): Promise<unknown> {
    const [state] = await fleet.query(
      `SELECT (SELECT jsonb_agg(r ORDER BY id) FROM runs r) AS runs,
         (SELECT jsonb_agg(e ORDER BY run_id, seq) FROM run_events e) AS events,
         (SELECT jsonb_agg(a ORDER BY run_id, attempt) FROM run_attempts a) AS attempts,
         (SELECT jsonb_agg(q) FROM quality_results q) AS quality,
         (SELECT jsonb_agg(t) FROM lake.iceberg_tables t) AS tables`,
    );
    return state;
  }

  test('a runner that was frozen past its lease writes nothing when it wakes, and its run was executed elsewhere, once', async () => {
    const [frozen] = fleet.runners;
    if (frozen === undefined) throw new Error('the fleet has no runner');
    const id = await fleet.createRun('default/silver/slow');
    await eventually('its SQL is under way', async () => {
      const begun = await fleet.query(
        `SELECT 1 FROM run_events WHERE run_id = '${id}' AND kind = 'phase' AND phase = 'write'`,
      );
      return begun.length > 0;
    });
    frozen.kill('SIGSTOP');
    try {
      await fleet.startRunner();
      await fleet.spy.waitFor(id, 'success', 150_000);
      const attempts = await fleet.query<{ attempt: number; outcome: string }>(
        `SELECT attempt, outcome FROM run_attempts WHERE run_id = '${id}' ORDER BY attempt`,
      );
      expect(attempts).toEqual([
        { attempt: 1, outcome: 'failed' },
        { attempt: 2, outcome: 'success' },
      ]);
      const before = await everything();
      frozen.kill('SIGCONT');
      await frozen.waitForLine(/"attempt was no longer ours to settle"/);
      const data = join(fleet.home, 'warehouse/default/silver/slow/data');
      await eventually('what it staged is gone, and what was published is not', async () => {
        return (await readdir(data)).join() === `run_${id.replaceAll('-', '')}_2`;
      });
      expect(await everything()).toEqual(before);
    } finally {
      frozen.kill('SIGCONT');
    }
    const [table] = await fleet.query<{ metadata_location: string }>(
      'SELECT metadata_location FROM lake.iceberg_tables',
    );
    const text = await readFile(fileURLToPath(table?.metadata_location ?? ''), 'utf8');
    const { snapshots, refs } = parseTableMetadata(text);
    expect(snapshots.map((one) => one.summary['total-records'])).toEqual(['1']);
    expect(Object.keys(refs)).toEqual(['main']);
    // The runner takes part like any other again.
    const next = await fleet.createRun('default/silver/slow');
    await fleet.spy.waitFor(next, 'success', 150_000);
    expect((await frozen.stop()).code).toBe(0);
  }, 400_000);
});
