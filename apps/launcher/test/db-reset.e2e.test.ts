import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findFreePort, type ServiceProcess, startNode } from '@rat/testing';

let home: string;
let port: number;
const processes: ServiceProcess[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rat-reset-'));
  await chmod(home, 0o755);
  port = await findFreePort();
});
afterEach(async () => {
  for (const one of processes.splice(0)) await one.stop();
  await rm(home, { recursive: true, force: true });
});

function start(program: string, more: Record<string, string> = {}): ServiceProcess {
  const env = { RAT_HOME: home, PORT: String(port), RAT_DEMO: '0', RAT_RUNNERS: '0', ...more };
  const started = startNode(`apps/launcher/dist/${program}.js`, env);
  processes.push(started);
  return started;
}

async function startUntilReady(): Promise<ServiceProcess> {
  const launcher = start('main');
  await launcher.waitForLine(/^ready /, 60_000);
  return launcher;
}

const pipeline = (): string => `http://127.0.0.1:${port}/api/v1/pipelines/default/bronze/kept`;

async function statusOf(init: RequestInit = {}): Promise<number> {
  const response = await fetch(pipeline(), init);
  await response.arrayBuffer();
  return response.status;
}

test('db:reset refuses while RAT Runs is running, and empties the database when it is not', async () => {
  const launcher = await startUntilReady();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ sql: 'SELECT 1 AS n' });
  expect(await statusOf({ method: 'PUT', headers, body })).toBeLessThan(300);

  const refused = start('db-reset');
  await refused.waitForLine(/^RAT Runs is already running in /);
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  expect(await statusOf()).toBe(200);

  await launcher.stop();
  const reset = start('db-reset');
  await reset.waitForLine(/^the database of .+ is empty/, 60_000);
  expect(await reset.exited).toEqual({ code: 0, signal: null });

  await startUntilReady();
  expect(await statusOf()).toBe(404);
}, 180_000);

test('db:reset refuses when DATABASE_URL names another database', async () => {
  const reset = start('db-reset', { DATABASE_URL: 'postgresql://a:b@127.0.0.1:9/production' });
  await reset.waitForLine(/^DATABASE_URL is set: .+ never touches it/);
  expect(await reset.exited).toEqual({ code: 1, signal: null });
});
