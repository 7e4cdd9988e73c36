import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  firingList,
  nextTimes,
  runScheduleAnswer,
  schedule,
  scheduleList,
  schedulePreview,
} from '@rat/contracts';
import { planFirings } from '@rat/dispatch';
import { fireSchedules } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ORDERS = '/api/v1/pipelines/default/silver/orders/schedules';
const NIGHTLY = {
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  overlap: 'queue_one',
  jitter_seconds: 120,
  max_failures: 3,
};

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

async function put(name: string, body: object = NIGHTLY) {
  return schedule.parse((await http.put(`${ORDERS}/${name}`).send(body).expect(201)).body);
}

const DAY_MS = 86_400_000;

/** Fires what is due at a time, as the background job of some replica does. */
const fireAt = (now: Date) => fireSchedules(api.db, { plan: planFirings, limit: 200, now });

describe('writing a schedule', () => {
  test('a PUT makes it, a second one keeps its id, and If-Match refuses a write that is based on an older one', async () => {
    const made = await http.put(`${ORDERS}/nightly`).send(NIGHTLY).expect(201);
    const first = schedule.parse(made.body);
    expect(first).toMatchObject({
      ...NIGHTLY,
      name: 'nightly',
      pipeline: 'orders',
      description: 'At 02:30',
      enabled: true,
      paused: null,
      last_firing: null,
      catch_up: 'latest',
    });
    expect(Date.parse(first.next_fire_at ?? '')).toBe(
      Date.parse(first.next_for ?? '') + first.delay_seconds * 1_000,
    );
    const tag = made.headers['etag'] ?? '';
    const again = await http
      .put(`${ORDERS}/nightly`)
      .set('If-Match', tag)
      .send({ ...NIGHTLY, cron: '0 3 * * *' })
      .expect(200);
    expect(again.body).toMatchObject({ id: first.id, cron: '0 3 * * *' });
    const overtaken = await http.put(`${ORDERS}/nightly`).set('If-Match', tag).send(NIGHTLY);
    expect([overtaken.status, overtaken.body.error.conflict]).toMatchObject([
      412,
      { yours: null, current: { kind: 'settings', etag: again.headers['etag'] } },
    ]);
    await http.put(`${ORDERS}/nightly`).set('If-None-Match', '*').send(NIGHTLY).expect(412);
    await http.delete(`/api/v1/schedules/${first.id}`).set('If-Match', tag).expect(412);
    await http.delete(`${ORDERS}/nightly`).expect(204);
    await http.get(`${ORDERS}/nightly`).expect(404);
    await http.get(`/api/v1/schedules/${first.id}`).expect(404);
  });

  test.each<[object, string]>([
    [{}, 'cron: is missing: give cron, such as 30 2 * * *, or every_seconds'],
    [{ cron: '61 * * * *' }, 'cron: minute 61 is not in 0-59'],
    [{ cron: '0 0 * * *', timezone: 'CET' }, 'timezone: CET is an abbreviation or an offset'],
    [{ cron: '0 0 * * *', every_seconds: 60 }, 'every_seconds: must not be given beside cron'],
    [{ every_seconds: 5 }, 'every_seconds: 5 is not a whole number in 10-31622400'],
    [
      { every_seconds: 60, jitter_seconds: 60 },
      'jitter_seconds: must be less than the shortest gap',
    ],
    [{ cron: '0 0 * * *', overlap: 'sometimes' }, 'overlap: must be one of inherit, skip'],
    [{ cron: '0 0 * * *', crom: 1 }, 'crom'],
    [
      {
        cron: '0 0 * * *',
        starts_at: '2026-02-01T00:00:00Z',
        ends_at: '2026-01-01T00:00:00Z',
      },
      'ends_at: must be later than starts_at',
    ],
  ])('%j is refused: %s', async (body, message) => {
    const answer = await http.put(`${ORDERS}/wrong`).send(body).expect(400);
    expect(answer.body.error.message).toContain(message);
    expect(answer.body.error.issues).not.toEqual([]);
  });

  test('an unknown pipeline is 404, a name that cannot be is 400', async () => {
    await http
      .put(`${ORDERS.replace('orders', 'nobody')}/x`)
      .send(NIGHTLY)
      .expect(404);
    await http.put(`${ORDERS}/Not-A-Slug`).send(NIGHTLY).expect(400);
    await http.get('/api/v1/schedules/not-an-id').expect(404);
  });

  test('a client of the reference creates, reads, disables, changes and deletes a schedule', async () => {
    const body = { namespace: 'default', layer: 'silver', pipeline: 'orders', cron: '0 6 * * *' };
    const made = await http
      .post('/api/v1/schedules')
      .send({ ...body, enabled: true })
      .expect(201);
    const { id } = schedule.parse(made.body);
    expect(made.headers['location']).toBe(`/api/v1/schedules/${id}`);
    expect(made.body).toMatchObject({
      pipeline_id: expect.any(String),
      cron: '0 6 * * *',
      enabled: true,
      last_run_id: null,
      last_run_at: null,
      next_run_at: expect.any(String),
    });
    const second = await http.post('/api/v1/schedules').send(body).expect(201);
    expect([made.body.name, second.body.name]).toEqual(['schedule', 'schedule-2']);
    await http
      .post('/api/v1/schedules')
      .send({ ...body, name: 'schedule' })
      .expect(409);
    const off = await http.put(`/api/v1/schedules/${id}`).send({ enabled: false }).expect(200);
    expect(off.body).toMatchObject({ enabled: false, next_run_at: null, cron: '0 6 * * *' });
    const on = await http
      .put(`/api/v1/schedules/${id}`)
      .send({ enabled: true, cron: '0 7 * * *' })
      .expect(200);
    expect(on.body).toMatchObject({ enabled: true, cron: '0 7 * * *' });
    expect(on.body.next_run_at).toMatch(/T07:00:00/);
    const list = scheduleList.parse((await http.get('/api/v1/schedules?paused=false')).body);
    expect(list.schedules.map((one) => one.id)).toContain(id);
    const none = await http.get('/api/v1/schedules?namespace=No-Slug').expect(200);
    expect(none.body).toEqual({ schedules: [], total: 0 });
    await http.delete(`/api/v1/schedules/${id}`).expect(204);
    await http.delete(`/api/v1/schedules/${second.body.id}`).expect(204);
  });
});

describe('reading', () => {
  test('the next times name the local time and the gap of a day when clocks shift', async () => {
    const preview = await http
      .post('/api/v1/schedules/preview')
      .send({
        cron: '30 2 * * *',
        timezone: 'Europe/Berlin',
        after: '2027-03-26T12:00:00Z',
        count: 3,
      })
      .expect(200);
    expect(schedulePreview.parse(preview.body)).toEqual({
      description: 'At 02:30',
      warnings: [],
      times: [
        {
          scheduled_for: '2027-03-27T01:30:00.000Z',
          local: '2027-03-27T02:30:00+01:00',
          fire_at: '2027-03-27T01:30:00.000Z',
          shift: null,
        },
        {
          scheduled_for: '2027-03-28T01:00:00.000Z',
          local: '2027-03-28T03:00:00+02:00',
          fire_at: '2027-03-28T01:00:00.000Z',
          shift: 'gap',
        },
        {
          scheduled_for: '2027-03-29T00:30:00.000Z',
          local: '2027-03-29T02:30:00+02:00',
          fire_at: '2027-03-29T00:30:00.000Z',
          shift: null,
        },
      ],
    });
    const passes = await http
      .post('/api/v1/schedules/preview')
      .send({
        cron: '*/30 2 * * *',
        timezone: 'Europe/Berlin',
        after: '2026-10-24T23:00:00Z',
        count: 4,
      })
      .expect(200);
    expect(passes.body.times.map((time: { shift: string }) => time.shift)).toEqual([
      'first_pass',
      'first_pass',
      'second_pass',
      'second_pass',
    ]);
    const both = await http.post('/api/v1/schedules/preview').send({ cron: '0 0 13 * FRI' });
    expect(both.body.warnings).toHaveLength(1);
    await http.post('/api/v1/schedules/preview').send({ cron: 'x' }).expect(400);
  });

  test('a paused schedule shows its next times, and its firings page with a cursor', async () => {
    const { id } = await put('paged', { every_seconds: 86_400, starts_at: null });
    for (const day of [1, 2, 3]) await fireAt(new Date(Date.now() + day * DAY_MS));
    await http.post(`/api/v1/schedules/${id}/pause`).send({}).expect(200);
    const next = await http.get(`/api/v1/schedules/${id}/next?count=2`).expect(200);
    expect(nextTimes.parse(next.body).times).toHaveLength(2);
    const first = firingList.parse(
      (await http.get(`/api/v1/schedules/${id}/firings?limit=2`).expect(200)).body,
    );
    expect(first.firings).toHaveLength(2);
    expect(first.firings[0]).toMatchObject({ outcome: 'run', count: 1, run_status: 'pending' });
    const rest = await http
      .get(`/api/v1/schedules/${id}/firings?limit=2&cursor=${first.next_cursor}`)
      .expect(200);
    expect(rest.body).toMatchObject({ firings: [{ outcome: 'run' }], next_cursor: null });
    const { body: run } = await http.get(`/api/v1/runs/${first.firings[0]?.run_id}`).expect(200);
    expect(run).toMatchObject({
      trigger: 'schedule:paged',
      schedule_id: id,
      firing_id: first.firings[0]?.id,
      interval: {
        start: first.firings[0]?.interval_start,
        end: first.firings[0]?.scheduled_for,
      },
    });
    await http.delete(`/api/v1/schedules/${id}`).expect(204);
  });
});

describe('pause, resume and run now', () => {
  test('a pause keeps its reason and its author, and a resume computes the next time', async () => {
    const { id } = await put('held');
    const paused = await http
      .post(`/api/v1/schedules/${id}/pause`)
      .set('X-Requested-By', 'ada')
      .send({ reason: 'moving house' })
      .expect(200);
    expect(paused.body).toMatchObject({
      enabled: false,
      paused: { by: 'ada', reason: 'moving house' },
      next_fire_at: null,
    });
    const resumed = await http.post(`/api/v1/schedules/${id}/resume`).expect(200);
    expect(resumed.body).toMatchObject({ enabled: true, paused: null });
    expect((await fireAt(new Date())).runs).toEqual([]);
    const { body } = await http.get(`/api/v1/schedules/${id}`).expect(200);
    expect(body.next_for).toMatch(/T0[01]:30:00/);
    await http.delete(`/api/v1/schedules/${id}`).expect(204);
  });

  test('a run now is made once for one key, has an interval only when it names a time, and leaves the next time alone', async () => {
    const made = await put('by-hand');
    const run = (key: string, body: object) =>
      http.post(`/api/v1/schedules/${made.id}/run`).set('Idempotency-Key', key).send(body);
    const first = await run('k', {}).expect(202);
    const answer = runScheduleAnswer.parse(first.body);
    const again = await run('k', {}).expect(202);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toEqual(answer);
    const { body: plain } = await http.get(`/api/v1/runs/${answer.run_id}`);
    expect(plain).toMatchObject({ interval: null, schedule_id: made.id });
    const asked = await run('k2', { for: '2026-06-01T00:30:00Z' }).expect(202);
    const { body: about } = await http.get(`/api/v1/runs/${asked.body.run_id}`);
    expect(about.interval).toEqual({
      start: '2026-05-31T00:30:00.000Z',
      end: '2026-06-01T00:30:00.000Z',
      logical_date: '2026-05-31',
    });
    const wrong = await run('k3', { for: '2026-06-01T00:31:00Z' }).expect(400);
    expect(wrong.body.error.message).toContain(
      'is not a time of this schedule; the next one after it is 2026-06-02T00:30:00.000Z',
    );
    await run('k', { for: '2026-06-01T00:30:00Z' }).expect(409);
    // Two runs are active, and queue_one lets one wait.
    const full = await run('k4', {}).expect(409);
    expect(full.body.error).toMatchObject({ run_id: answer.run_id });
    const { body: after } = await http.get(`/api/v1/schedules/${made.id}`);
    expect(after.next_fire_at).toBe(made.next_fire_at);
    await http.delete(`/api/v1/schedules/${made.id}`).expect(204);
  });
});
