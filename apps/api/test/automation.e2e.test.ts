import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { scheduleList, type ScheduleAnswer } from '@rat/contracts';
import { planFirings } from '@rat/dispatch';
import { fireSchedules } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

const pathOf = (name: string): string => `/api/v1/pipelines/default/gold/${name}`;
const SQL = "SELECT {{ param('day') }} AS day";
const CONFIG = { params: { day: { type: 'date', default: '2026-01-01' } } };

const put = (name: string, automation_yaml?: string | null) =>
  http.put(pathOf(name)).send({
    sql: SQL,
    config: CONFIG,
    ...(automation_yaml === undefined ? {} : { automation_yaml }),
  });

async function schedulesOf(name: string): Promise<Map<string, ScheduleAnswer>> {
  const answer = await http.get(`/api/v1/schedules?namespace=default&layer=gold&pipeline=${name}`);
  const { schedules } = scheduleList.parse(answer.body);
  return new Map(schedules.map((one) => [one.name, one]));
}

const FILE = `# Two schedules
schedules:
  nightly:
    cron: "30 2 * * *"
    timezone: Europe/Berlin
    params: { day: 2026-02-01 }
  hourly: { every_seconds: 3600 }
`;

describe('automation.yaml', () => {
  test('a PUT makes its schedules, keeps its text, and makes no version of it', async () => {
    expect((await put('file').expect(201)).body).toMatchObject({
      version: 1,
      automation_yaml: null,
    });
    const made = await put('file', FILE).expect(200);
    expect(made.body).toMatchObject({ result: 'unchanged', version: 1, automation_yaml: FILE });
    const before = await schedulesOf('file');
    expect([...before.values()]).toMatchObject([
      { name: 'hourly', every_seconds: 3600, managed_by: 'files', enabled: true },
      { name: 'nightly', params: { day: '2026-02-01' }, managed_by: 'files' },
    ]);
    expect((await http.get(pathOf('file'))).body.automation_yaml).toBe(FILE);
    await put('file', FILE).expect(200);
    expect(await schedulesOf('file')).toEqual(before);
  });

  test('a changed entry keeps its id, a removed one is deleted, and a PUT without the field changes none', async () => {
    await put('change', FILE).expect(201);
    const before = await schedulesOf('change');
    await put('change', FILE.replace('30 2', '45 2').replace(/ {2}hourly.*\n/, '')).expect(200);
    const after = await schedulesOf('change');
    expect([...after.keys()]).toEqual(['nightly']);
    expect(after.get('nightly')).toMatchObject({
      id: before.get('nightly')?.id,
      cron: '45 2 * * *',
    });
    await put('change').expect(200);
    expect(await schedulesOf('change')).toEqual(after);
    await put('change', null).expect(200);
    expect((await schedulesOf('change')).size).toBe(0);
    expect((await http.get(pathOf('change'))).body.automation_yaml).toBeNull();
  });

  test('a schedule of a request stays beside those of the file, and one of the same name becomes the file’s', async () => {
    await put('both').expect(201);
    const mine = { cron: '0 5 * * *' };
    const own = await http
      .put(`${pathOf('both')}/schedules/own`)
      .send(mine)
      .expect(201);
    const same = await http
      .put(`${pathOf('both')}/schedules/nightly`)
      .send(mine)
      .expect(201);
    await put('both', FILE).expect(200);
    const found = await schedulesOf('both');
    expect(found.get('own')).toEqual(own.body);
    expect(found.get('nightly')).toMatchObject({ id: same.body.id, managed_by: 'files' });
    await put('both', '').expect(200);
    expect([...(await schedulesOf('both')).keys()]).toEqual(['own']);
  });

  test('a schedule of the file can be paused, resumed and run by requests, and nothing else', async () => {
    await put('locked', FILE).expect(201);
    const id = (await schedulesOf('locked')).get('nightly')?.id;
    const one = `/api/v1/schedules/${id}`;
    const refused = await http.put(one).send({ cron: '0 0 * * *' }).expect(409);
    expect(refused.body.error.message).toContain(
      'schedule nightly is set by the automation.yaml of default.gold.locked',
    );
    await http
      .put(`${pathOf('locked')}/schedules/nightly`)
      .send({ cron: '0 0 * * *' })
      .expect(409);
    await http.delete(one).expect(409);
    await http.delete(`${pathOf('locked')}/schedules/nightly`).expect(409);
    expect((await http.put(one).send({ enabled: false }).expect(200)).body.enabled).toBe(false);
    // The pause of an operator outlives the next PUT of the file, changed or not.
    await put('locked', FILE).expect(200);
    await put('locked', FILE.replace('30 2', '31 2')).expect(200);
    expect((await schedulesOf('locked')).get('nightly')).toMatchObject({
      enabled: false,
      cron: '31 2 * * *',
    });
    await http.post(`${one}/resume`).send({}).expect(200);
    await http.post(`${one}/pause`).send({ reason: 'why' }).expect(200);
    await http.post(`${one}/run`).send({}).expect(202);
  });

  test('what was due by the old settings fires before the new ones count', async () => {
    await put('due', 'schedules:\n  often: { every_seconds: 10 }\n').expect(201);
    const id = (await schedulesOf('due')).get('often')?.id ?? '';
    await api.db.pool.query(
      `UPDATE schedules SET fire_at = now() - interval '5 s', next_for = now() - interval '5 s',
         decided_until = now() - interval '15 s' WHERE id = $1`,
      [id],
    );
    await put('due', 'schedules:\n  often: { every_seconds: 3600 }\n').expect(200);
    const firings = await http.get(`/api/v1/schedules/${id}/firings`).expect(200);
    expect(firings.body.firings[0]).toMatchObject({ outcome: 'run' });
    await fireSchedules(api.db, { plan: planFirings, limit: 200 });
    const later = await http.get(`/api/v1/schedules/${id}/firings`).expect(200);
    expect(later.body.firings).toHaveLength(firings.body.firings.length);
  });
});

describe('a mistake in automation.yaml', () => {
  test.each<[string, { path: string; message: string; line: number; column: number }]>([
    [
      'schedules:\n  nightly:\n    cron: "61 * * * *"\n',
      { path: 'schedules.nightly.cron', message: 'minute 61', line: 3, column: 5 },
    ],
    [
      'schedules:\n  nightly:\n    crom: "1 * * * *"\n',
      { path: 'schedules.nightly.crom', message: 'did you mean cron?', line: 3, column: 5 },
    ],
    [
      'schedules:\n  nightly:\n    cron: "1 * * * *"\n    overlap: never\n',
      { path: 'schedules.nightly.overlap', message: 'queue_one', line: 4, column: 5 },
    ],
    [
      'schedules:\n  Nightly: { cron: "1 * * * *" }\n',
      { path: 'schedules.Nightly', message: 'the name', line: 2, column: 3 },
    ],
    [
      'schedule: {}\n',
      { path: 'schedule', message: 'did you mean schedules?', line: 1, column: 1 },
    ],
    ['schedules: [1]\n', { path: 'schedules', message: 'mapping', line: 1, column: 1 }],
    [
      'schedules:\n  a: { cron: "1 * * * *", params: { month: 1 } }\n',
      { path: 'schedules.a.params.month', message: '', line: 2, column: 37 },
    ],
    [
      'schedules:\n  a: {}\n',
      { path: 'schedules.a.cron', message: 'is missing', line: 2, column: 3 },
    ],
    [
      'schedules:\n  a: { cron: *no }\n',
      { path: '', message: 'needs quotes', line: 2, column: 14 },
    ],
  ])('%j is 422 with its line and column, and stores nothing', async (text, issue) => {
    const answer = await put('wrong', text).expect(422);
    const path = issue.path === '' ? 'automation_yaml' : `automation_yaml.${issue.path}`;
    expect(answer.body.error.issues).toEqual([
      { ...issue, path, message: expect.stringContaining(issue.message) },
    ]);
    await http.get(pathOf('wrong')).expect(404);
  });
});
