import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { differences, openSdkClient, type Body, type SdkClient } from './sdk-client.ts';
import { METHODS } from './sdk-methods.ts';

/**
 * The methods of the reference platform's SDK, with the requests that it sends and the keys that its
 * types name. Further keys are allowed.
 */
let fleet: Fleet;
let client: SdkClient;
/** The ids that later methods name. */
const known = { run: '', file: '' };

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  client = openSdkClient(fleet.apis[0]?.url ?? '');
}, 120_000);
afterAll(() => fleet.close());

async function keepIds(name: string, body: Body): Promise<void> {
  if (name === 'landing.uploadFile') known.file = body.id;
  if (name !== 'runs.create') return;
  known.run = body.run_id;
  await fleet.spy.waitFor(known.run, 'success');
}

test.each(METHODS)(
  "$name gets what the SDK's types promise",
  async ({ name, request, sent, shape, holds }) => {
    const [method = '', path = ''] = request
      .replace('{run}', known.run)
      .replace('{file}', encodeURIComponent(known.file))
      .split(' ');
    const body: Body = await client.call(method, path, sent);
    if (shape === null) expect(body).toBeNull();
    else expect(differences(body, shape)).toEqual([]);
    await keepIds(name, body);
    holds?.(body);
  },
  60_000,
);

test('retention.updateConfig takes what getConfig gave', async () => {
  const path = '/api/v1/admin/retention/config';
  const { config }: Body = await client.call('GET', path);
  const json = { ...config, runs_max_per_pipeline: 77 };
  const changed = await client.call('PUT', path, { json });
  expect(changed).toMatchObject({ config: { runs_max_per_pipeline: 77 } });
});

test('runs.cancel cancels a run, and a second one is a conflict', async () => {
  const sql = 'SELECT count(*) AS n FROM range(100000000000) t(i) WHERE hash(i) = 3';
  await fleet.putPipeline('default/bronze/slow', { sql });
  const id = await fleet.createRun('default/bronze/slow');
  await eventually('the run starts', async () => (await fleet.spy.find(id))?.status === 'running');
  const path = `/api/v1/runs/${id}/cancel`;
  expect(await client.call('POST', path)).toMatchObject({ run_id: id, status: 'cancelled' });
  expect((await client.ask('POST', path)).status).toBe(409);
});

test.each([
  ['PUT', '/api/v1/plugins/x/enable'],
  ['DELETE', '/api/v1/plugins/x'],
  ['POST', '/api/v1/plugin-sources'],
  ['DELETE', '/api/v1/plugin-policies/x'],
])('%s %s says in the envelope that there are no plugins', async (method, path) => {
  expect(await client.ask(method, path)).toMatchObject({
    status: 501,
    body: { error: { code: 'NOT_IMPLEMENTED', message: expect.any(String) } },
  });
});
