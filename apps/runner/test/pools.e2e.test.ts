import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runnerList, type RunnerList } from '@rat/contracts';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

describe.each(backends())('runners and their pools on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ backend, apis: 1, runners: 0 });
    await fleet.putPipeline('default/silver/light', { sql: 'SELECT 1 AS n' });
    await fleet.putPipeline('default/silver/heavy', {
      sql: 'SELECT 1 AS n',
      config: { pool: 'heavy', concurrency: { limit: 8 } },
    });
    await fleet.putPipeline('default/silver/endless', { sql: ENDLESS, config: { pool: 'heavy' } });
    await fleet.startRunner({ RAT_RUNNER_ID: 'light-one' });
  }, 60_000);
  afterAll(() => fleet.close());

  async function runners(): Promise<RunnerList['runners']> {
    return runnerList.parse(await fleet.getJson('/runners')).runners;
  }

  async function post(path: string): Promise<number> {
    const url = `${fleet.apis[0]?.url ?? ''}/api/v1${path}`;
    return (await fetch(url, { method: 'POST' })).status;
  }

  test('a run waits for a runner of its pool, and runners of other pools leave it alone', async () => {
    const heavy = await fleet.createRun('default/silver/heavy');
    const light = await fleet.createRun('default/silver/light');
    await fleet.spy.waitFor(light, 'success');
    expect((await fleet.spy.find(heavy))?.status).toBe('pending');
    await fleet.startRunner({ RAT_RUNNER_ID: 'heavy-one', RAT_RUNNER_POOLS: 'heavy, default' });
    await fleet.spy.waitFor(heavy, 'success', 30_000);
    const [run] = await fleet.query<{ runner_id: string }>(
      `SELECT runner_id FROM runs WHERE id = '${heavy}'`,
    );
    expect(run?.runner_id).toBe('heavy-one');
    expect(await runners()).toMatchObject([
      { id: 'heavy-one', pools: ['heavy', 'default'], slots: 2, slots_used: 0, draining: false },
      { id: 'light-one', pools: ['default'] },
    ]);
  }, 60_000);

  test('a runner of several pools never executes more than it has slots', async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => fleet.createRun('default/silver/heavy')),
    );
    for (const id of ids) {
      expect((await runners()).every((one) => one.slots_used <= one.slots)).toBe(true);
      await fleet.spy.waitFor(id, 'success', 60_000);
    }
  }, 90_000);

  test('a draining runner finishes its runs, takes no more tickets, and exits 0', async () => {
    const id = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(id, 'running', 30_000);
    expect(await post('/runners/nobody/drain')).toBe(404);
    expect(await post('/runners/heavy-one/drain')).toBe(202);
    const leaving = fleet.runners.at(-1);
    if (leaving === undefined) throw new Error('the fleet has no runner');
    await leaving.waitForLine(/"runner drains"/);
    const listed = (await runners()).find((one) => one.id === 'heavy-one');
    expect(listed).toMatchObject({ draining: true, runs: [{ id, attempt: 1 }] });
    const late = await fleet.createRun('default/silver/heavy');
    expect(await post(`/runs/${id}/cancel`)).toBe(200);
    expect((await leaving.exited).code).toBe(0);
    expect((await fleet.spy.find(late))?.status).toBe('pending');
    await eventually('it is forgotten', async () => (await runners()).length === 1);
  }, 60_000);
});
