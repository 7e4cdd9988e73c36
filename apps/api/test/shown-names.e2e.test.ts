import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

const OWN_NAMES = /rat_inputs|rat_tested|__rat_|getvariable/;
const TABLE = "{{ ref('bronze.orders') }}";

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  await fleet.putPipeline('default/bronze/orders', { sql: 'SELECT range AS id FROM range(3)' });
  await fleet.spy.waitFor(await fleet.createRun('default/bronze/orders'), 'success');
  const zone = join(fleet.home, 'landing', 'default', 'drops');
  await mkdir(zone, { recursive: true });
  await writeFile(join(zone, 'a.csv'), 'id\n1\n');
}, 120_000);
afterAll(() => fleet.close());

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** The messages of a run, of a preview that is not stored, and of a stored one. */
async function messagesOf(
  name: string,
  files: { sql: string; config?: object },
): Promise<string[]> {
  const path = `default/silver/${name}`;
  await fleet.putPipeline(path, files);
  const run = await fleet.createRun(path);
  await fleet.spy.waitFor(run, 'failed');
  const failed = await fleet.getJson(`/runs/${run}`);
  const { error } = failed as { error: string };
  const ref = { namespace: 'default', layer: 'silver', name };
  const unsaved = await post('/pipelines/preview', { ref, files });
  expect(unsaved.status).toBe(422);
  const refused = JSON.parse(unsaved.text) as { error: { message: string } };
  const stored = await post(`/pipelines/${path}/preview`, {});
  expect(stored.status).toBe(200);
  const preview = JSON.parse(stored.text) as { error: string };
  // Everything else in these answers is the author's too.
  expect(JSON.stringify(failed) + unsaved.text + stored.text).not.toMatch(OWN_NAMES);
  return [error, refused.error.message, preview.error];
}

test.each([
  ['ref', `SELECT nme FROM ${TABLE}`, 'FROM default.bronze.orders', 'nme'],
  ['behind', `SELECT * FROM ${TABLE} AS t WHERE nme`, 'default.bronze.orders AS t', 'nme'],
  [
    'zone',
    "SELECT * FROM read_csv({{ landing_zone('drops') }}) AS t WHERE nme",
    "read_csv(landing_zone('drops')) AS t",
    'nme',
  ],
  ['watermark', `SELECT nme, {{ watermark_value }} AS w FROM ${TABLE}`, 'NULL AS w', 'nme'],
  ['param', `SELECT nme, {{ param('at') }} AS p FROM ${TABLE}`, 'SELECT nme, ', 'nme'],
  ['interval', `SELECT nme, {{ interval_start }} AS i FROM ${TABLE}`, 'SELECT nme, ', 'nme'],
])(
  'the errors of a run and of previews of %s have the names that the author knows, and a caret under the mistake',
  async (name, sql, shown, word) => {
    const params = { at: { type: 'string', default: 'x' } };
    const messages = await messagesOf(`shown_${name}`, { sql, config: { params } });
    for (const message of messages) {
      expect(message).not.toMatch(OWN_NAMES);
      const [line = '', caret = ''] = message.split('\n').slice(-2);
      expect(line).toContain(shown);
      expect(line.slice(caret.indexOf('^'))).toMatch(new RegExp(`^${word}`));
    }
  },
  60_000,
);

test('the log and the SQL of a run have the names that the author knows, and its SQL runs as a query', async () => {
  const sql = `CREATE TEMP TABLE few AS SELECT * FROM ${TABLE}; SELECT id FROM ${TABLE} SEMI JOIN few USING (id)`;
  const rule = { name: 'rule', sql: `SELECT * FROM {{ this }} ANTI JOIN ${TABLE} USING (id)` };
  await fleet.putPipeline('default/silver/logged', { sql, quality_tests: [rule] });
  const run = await fleet.createRun('default/silver/logged');
  await fleet.spy.waitFor(run, 'success');
  const { logs } = (await fleet.getJson(`/runs/${run}/logs`)) as {
    logs: { message: string }[];
  };
  const messages = logs.map(({ message }) => message);
  expect(messages.filter((message) => OWN_NAMES.test(message))).toEqual([]);
  for (const word of ['few AS', 'SEMI JOIN']) {
    expect(messages).toContainEqual(expect.stringContaining(word));
  }
  const answer = (await fleet.getJson(`/runs/${run}/sql`)) as {
    compiled: string;
    statements: { text: string; line: number; column: number }[];
  };
  expect(JSON.stringify(answer)).not.toMatch(OWN_NAMES);
  for (const { text, line, column } of answer.statements) {
    const rest = answer.compiled
      .split('\n')
      .slice(line - 1)
      .join('\n');
    expect(rest.slice(column - 1)).toMatch(text);
  }
  const first = { sql: 'SELECT id FROM default.bronze.orders ORDER BY id' };
  expect(answer.statements[1]?.text).toContain('FROM default.bronze.orders');
  expect(JSON.parse((await post('/query', first)).text)).toMatchObject({ row_count: 3 });
}, 60_000);
