import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { onServer, startFleet, startNode, testServices, type Fleet } from '@rat/testing';

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-doctor-'));
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(async () => {
  await fleet?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  ok: boolean;
  checks: { name: string; status: string; found: string; mend?: string }[];
}

async function examine(env: Record<string, string>): Promise<Report & { code: number | null }> {
  const doctor = startNode('apps/launcher/dist/doctor.js', env, ['--json']);
  const { code, output } = await doctor.finished();
  const report: Report = JSON.parse(output);
  return { ...report, code };
}

test('the doctor finds a working installation well, and changes nothing', async () => {
  const before = await readdir(fleet.home);
  const { port } = new URL(fleet.apis[0]?.url ?? '');
  const env = { DATABASE_URL: fleet.databaseUrl, RAT_HOME: fleet.home, PORT: port };
  const { code, ok, checks } = await examine(env);
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect([code, ok]).toEqual([0, true]);
  expect(checks.map(({ name }) => name)).toEqual([
    'settings',
    'node',
    'port',
    'postgres',
    'migrations',
    'clock',
    'runners',
    'redis',
    'warehouse',
    'landing',
    'duckdb',
    'sign-in',
  ]);
  expect(await readdir(fleet.home)).toEqual(before);
});

test('the doctor names every fault with its mend, and exits with 1', async () => {
  const taken = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const file = join(folder, 'file');
  await writeFile(file, '');
  const name = `rat_test_${randomBytes(6).toString('hex')}`;
  const { adminUrl } = testServices();
  await onServer(adminUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  try {
    const { code, ok, checks } = await examine({
      DATABASE_URL: new URL(`/${name}`, adminUrl).href,
      // Nothing listens on this port.
      REDIS_URL: 'redis://127.0.0.1:1',
      RAT_HOME: folder,
      RAT_WAREHOUSE: join(file, 'warehouse'),
      PORT: String(port),
      RAT_ADMIN_TOKEN: 'swordfish',
      RAT_RUNER_POOLS: 'x',
    });
    expect([code, ok]).toEqual([1, false]);
    const failed = checks.filter(({ status }) => status === 'failed');
    expect(failed.map((one) => one.name)).toEqual([
      'settings',
      'port',
      'migrations',
      'runners',
      'redis',
      'warehouse',
      'sign-in',
    ]);
    for (const one of failed) expect(one.mend).not.toBe('');
    expect(failed.find((one) => one.name === 'redis')?.found).toContain('ECONNREFUSED');
    expect(JSON.stringify(checks)).not.toContain('swordfish');
  } finally {
    await onServer(adminUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    taken.close();
  }
});

test('a database that is out of reach fails one check, and skips those that need it', async () => {
  const url = 'postgresql://rat:secret@127.0.0.1:1/rat';
  const { code, checks } = await examine({ DATABASE_URL: url, RAT_HOME: folder, PORT: '18931' });
  expect(code).toBe(1);
  const statusOf = new Map(checks.map(({ name, status }) => [name, status]));
  expect(statusOf.get('postgres')).toBe('failed');
  for (const name of ['migrations', 'clock', 'runners']) expect(statusOf.get(name)).toBe('skipped');
  expect(JSON.stringify(checks)).not.toContain('secret');
});

test('invalid variables are one failed check that names each of them', async () => {
  const { code, checks } = await examine({ PORT: 'eighty', DATABASE_URL_FILE: '/no/such/file' });
  expect(code).toBe(1);
  expect(checks).toHaveLength(1);
  expect(checks[0]?.found).toMatch(/DATABASE_URL_FILE: .*; PORT: /);
});
