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
const known = { run: '', file: '', trigger: '', schedule: '' };

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  client = openSdkClient(fleet.apis[0]?.url ?? '');
}, 120_000);
afterAll(() => fleet.close());

async function keepIds(name: string, body: Body): Promise<void> {
  if (name === 'landing.uploadFile') known.file = body.id;
  if (name === 'triggers.create') known.trigger = body.id;
  if (name === 'client.request that creates a schedule') known.schedule = body.id;
  if (name !== 'runs.create') return;
  known.run = body.run_id;
  await fleet.spy.waitFor(known.run, 'success');
}

test.each(METHODS)(
  "$name gets what the SDK's types promise",
  async ({ name, request, sent, shape, holds }) => {
    const [method = '', path = ''] = Object.entries(known)
      .reduce((text, [key, id]) => text.replace(`{${key}}`, encodeURIComponent(id)), request)
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

const SINGLE_PLUGINS = [
  ['plugins.get', 'GET /api/v1/plugins/x'],
  ['plugins.enable', 'PUT /api/v1/plugins/x/enable'],
  ['plugins.disable', 'PUT /api/v1/plugins/x/disable'],
  ['plugins.updateConfig', 'PUT /api/v1/plugins/x/config'],
  ['plugins.remove', 'DELETE /api/v1/plugins/x'],
  ['plugins.createSource', 'POST /api/v1/plugin-sources'],
  ['plugins.deleteSource', 'DELETE /api/v1/plugin-sources/x'],
  ['plugins.createPolicy', 'POST /api/v1/plugin-policies'],
  ['plugins.deletePolicy', 'DELETE /api/v1/plugin-policies/x'],
] as const;

test.each(SINGLE_PLUGINS)(
  '%s is told in the envelope that there are no plugins',
  async (_, request) => {
    const [method = '', path = ''] = request.split(' ');
    expect(await client.ask(method, path)).toMatchObject({
      status: 501,
      body: { error: { code: 'NOT_IMPLEMENTED', message: expect.any(String) } },
    });
  },
);

test('66 of the 75 methods work, and the other 9 are about single plugins', () => {
  const called = METHODS.map(({ name }) => name.split(' ')[0] ?? '');
  const working = new Set([...called, 'retention.updateConfig', 'runs.cancel']);
  working.delete('client.request');
  expect(working.size).toBe(66);
  for (const [name] of SINGLE_PLUGINS) working.add(name);
  expect(working.size).toBe(75);
});
