import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RatedIssue } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';
import supertest from 'supertest';

let fleet: Fleet;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  http = supertest(fleet.apis[0]?.url ?? '');
  for (const name of ['a', 'b'])
    await fleet.putPipeline(`default/gold/${name}`, { sql: 'SELECT 1 AS n' });
}, 60_000);
afterAll(() => fleet.close());

const pathOf = (name: string) => `/api/v1/pipelines/default/gold/${name}`;
const after = (ref: string) =>
  `triggers:\n  after:\n    kind: upstream\n    config:\n      pipelines: [${ref}]\n`;

async function validate(
  automation_yaml: string | null,
  { name = 'report', sql = 'SELECT 1 AS n', config = {}, ...more }: Record<string, unknown> = {},
): Promise<RatedIssue[]> {
  const ref = { namespace: 'default', layer: 'gold', name };
  const body = { ref, files: { sql, config, automation_yaml }, ...more };
  const answer = await http.post('/api/v1/pipelines/validate').send(body).expect(200);
  return answer.body.issues as RatedIssue[];
}

/** The refusal of a PUT of the same files. */
async function refusedPut(automation_yaml: string, name = 'report'): Promise<RatedIssue[]> {
  const put = http.put(pathOf(name)).send({ sql: 'SELECT 1 AS n', automation_yaml });
  return (await put.expect(422)).body.error.issues as RatedIssue[];
}

const withoutSeverity = (issues: readonly RatedIssue[]) =>
  issues.map((issue) => ({ ...issue, severity: undefined }));

const MISTAKES: [string, string, number, number][] = [
  ['schedules:\n  nightly:\n    cron: "61 * * * *"\n', 'schedules.nightly.cron', 3, 5],
  ['schedules:\n  nightly:\n    crom: "1 * * * *"\n', 'schedules.nightly.crom', 3, 5],
  ['schedules:\n  a: { cron: "1 * * * *", timezone: Mars/Base }\n', 'schedules.a.timezone', 2, 27],
  [
    'schedules:\n  a: { cron: "1 * * * *", params: { month: 1 } }\n',
    'schedules.a.params.month',
    2,
    37,
  ],
  ['triggers:\n  t:\n    kind: cron\n    config: {}\n', 'triggers.t.kind', 3, 5],
  [after('gold.none'), 'triggers.after.config.pipelines.0', 5, 7],
  [after('gold.report'), 'triggers.after.config', 4, 5],
];

describe('validate of a pipeline with a mistake in its automation.yaml', () => {
  test.each(MISTAKES)('%j has the place that a PUT answers', async (text, path, line, column) => {
    const issues = await validate(text);
    expect(issues).toMatchObject([
      { path: `automation_yaml.${path}`, line, column, severity: 'error' },
    ]);
    expect(withoutSeverity(issues)).toEqual(withoutSeverity(await refusedPut(text)));
    await http.get(pathOf('report')).expect(404);
  });

  test('has the mistakes of the SQL beside it, and none about parameters while the settings are wrong', async () => {
    const text = 'schedules:\n  a: { cron: "61 * * * *", params: { month: 1 } }\n';
    const both = await validate(text, { sql: 'SELECT no_such_column' });
    expect(both.map(({ path }) => path)).toEqual([
      'automation_yaml.schedules.a.params.month',
      'automation_yaml.schedules.a.cron',
      'sql',
    ]);
    const config = { params: { month: { type: 'nothing' } } };
    const settings = await validate(text, { config });
    expect(settings.every(({ path }) => path.startsWith('config.params'))).toBe(true);
  });
});

test('a valid automation.yaml, an empty one and none have no issue', async () => {
  const valid = `schedules:\n  nightly: { cron: "30 2 * * *" }\n${after('gold.a')}`;
  for (const text of [valid, '', null]) expect(await validate(text)).toEqual([]);
});

test('files_only leaves out SQL and cycles with other pipelines, and still finds what no pipeline is', async () => {
  const put = { sql: 'SELECT 1 AS n', automation_yaml: after('gold.b') };
  await http.put(pathOf('a')).send(put).expect(200);
  const cycle = after('gold.a');
  expect(await validate(cycle, { name: 'b' })).toMatchObject([
    {
      message: expect.stringContaining('make a cycle'),
      path: 'automation_yaml.triggers.after.config',
    },
  ]);
  const filesOnly = { name: 'b', sql: 'SELECT no_such_column', files_only: true };
  expect(await validate(cycle, filesOnly)).toEqual([]);
  expect(await validate(after('gold.none'), filesOnly)).toMatchObject([
    { message: 'pipeline default.gold.none not found', line: 5 },
  ]);
});
