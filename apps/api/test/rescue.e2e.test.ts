import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { claimRun, openDatabase, type Database } from '@rat/store';
import { backends, startFleet, type Fleet } from '@rat/testing';

describe.each(backends())('an API without any runner on %s', (backend) => {
  let fleet: Fleet;
  let db: Database;
  beforeAll(async () => {
    fleet = await startFleet({ backend, apis: 2, runners: 0 });
    const log = createLogger('test', { level: 'silent' });
    const url = fleet.databaseUrl;
    db = openDatabase({ url, maxConnections: 2, applicationName: 'test', log });
    await fleet.putPipeline('default/silver/orders', { sql: 'SELECT 1 AS n' });
  }, 60_000);
  afterAll(async () => {
    await db.close();
    await fleet.close();
  });

  test('an API without any runner returns the run of a dead runner to the queue, and shows it as pending', async () => {
    const runId = await fleet.createRun('default/silver/orders');
    const owner = { runnerId: 'dead', leaseMs: -1_000 };
    expect(await claimRun(db, { runId, attempt: 1 }, owner)).toBeDefined();
    const run = await fleet.spy.waitFor(runId, 'pending');
    expect(run.attempt).toBe(1);
    const detail = await fleet.getJson(`/runs/${runId}`);
    expect(detail).toMatchObject({
      attempts: [{ runner: 'dead', outcome: 'failed', failure: { code: 'stalled' } }],
    });
  });

  test('an API without any runner cancels an expired run, and shows the reason', async () => {
    const answer = await fetch(`${fleet.apis[0]?.url ?? ''}/api/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        namespace: 'default',
        layer: 'silver',
        pipeline: 'orders',
        expires_in_seconds: 1,
      }),
    });
    const { run_id: runId } = (await answer.json()) as { run_id: string };
    await fleet.spy.waitFor(runId, 'cancelled');
    const detail = (await fleet.getJson(`/runs/${runId}`)) as { cancel: { reason: string } };
    expect(detail.cancel.reason).toContain('expired');
  });
});
