import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

interface Group {
  status: string;
  nodes: { pipeline: string; needs: string[]; state: string; run_id: string | null }[];
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 2, runners: 2 });
  const read = (...names: string[]): string =>
    `SELECT * FROM ${names.map((name) => `{{ ref('silver.${name}') }}`).join(' NATURAL JOIN ')}`;
  await fleet.putPipeline('default/silver/raw', { sql: 'SELECT range AS n FROM range(9)' });
  await fleet.putPipeline('default/silver/left', { sql: read('raw') });
  await fleet.putPipeline('default/silver/right', { sql: read('raw') });
  await fleet.putPipeline('default/silver/join', { sql: read('left', 'right') });
  await fleet.putPipeline('default/gold/out', { sql: read('join') });
}, 90_000);
afterAll(() => fleet.close());

async function post(path: string, body: object = {}): Promise<{ status: number; body: Body }> {
  // The second API: the first one is killed.
  const response = await fetch(`${fleet.apis[1]?.url}/api/v1/run-groups${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

type Body = Group & { group_id: string; error?: { message: string } };

const JOIN = { namespace: 'default', layer: 'silver', pipeline: 'join' };

async function ended(id: string): Promise<Group> {
  return eventually(
    'the group ends',
    async () => {
      const group = (await fleet.getJson(`/run-groups/${id}`, 1)) as Group;
      return group.status === 'running' ? undefined : group;
    },
    60_000,
  );
}

test('a dry run answers the plan and makes nothing', async () => {
  const { status, body } = await post('', {
    ...JOIN,
    upstream: 'all',
    downstream: 'all',
    dry_run: true,
  });
  expect(status).toBe(200);
  expect(body).toEqual({
    nodes: [
      { pipeline: 'default.silver.raw', needs: [] },
      { pipeline: 'default.silver.left', needs: ['default.silver.raw'] },
      { pipeline: 'default.silver.right', needs: ['default.silver.raw'] },
      { pipeline: 'default.silver.join', needs: ['default.silver.left', 'default.silver.right'] },
      { pipeline: 'default.gold.out', needs: ['default.silver.join'] },
    ],
  });
  expect(await fleet.query('SELECT count(*)::int AS n FROM runs')).toEqual([{ n: 0 }]);
});

test('a diamond whose API and runner are killed in the middle runs each pipeline once', async () => {
  const { status, body } = await post('', { ...JOIN, upstream: 'all', downstream: 'all' });
  expect(status).toBe(202);
  fleet.apis[0]?.process.kill('SIGKILL');
  fleet.runners[0]?.kill('SIGKILL');
  const group = await ended(body.group_id);
  expect(group.status).toBe('success');
  const runs = await fleet.query(
    `SELECT pipeline, count(*)::int AS n FROM runs WHERE trigger = 'group:${body.group_id}' GROUP BY 1 ORDER BY 1`,
  );
  expect(runs).toEqual(
    ['join', 'left', 'out', 'raw', 'right'].map((pipeline) => ({ pipeline, n: 1 })),
  );
  const stale = await post('', { ...JOIN, upstream: 'stale', dry_run: true });
  expect(stale.body.nodes).toMatchObject([{ pipeline: 'default.silver.join' }]);
}, 120_000);
