import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { childMessage, type ChildMessage, type ExecuteCommand } from '@rat/contracts';
import { eventually } from '@rat/testing';
import { executeCommand } from '../../test/execute-command.ts';

// The child is a process of its own and reads no TypeScript, so it runs from the build.
const childEntry = fileURLToPath(new URL('../../dist/execution/child-main.js', import.meta.url));

const ROUNDS = 12;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-orphan-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const command = (sql: string): ExecuteCommand => executeCommand(root, { sql, targetFileMb: 1 });

/**
 * A child with a run under way. `resolving`: it has requested its inputs. `staged`: it has reported
 * its files.
 */
function start(told: ExecuteCommand) {
  const child = fork(childEntry, { stdio: 'ignore', env: {} });
  const ended = once(child, 'exit');
  const said = (type: ChildMessage['type']): Promise<void> =>
    new Promise((resolve) => {
      child.on('message', (raw) => childMessage.parse(raw).type === type && resolve());
    });
  void said('ready').then(() => child.send(told));
  return { child, ended, resolving: said('resolve'), staged: said('staged') };
}

test('a child whose runner dies during the write ends, and removes its files', async () => {
  const told = command('select a.range * b.range as n from range(100000000) a, range(10) b');
  const { child, ended } = start(told);
  await eventually('a file is there', async () =>
    existsSync(told.stagingDir) ? (await readdir(told.stagingDir)).length > 0 : false,
  );
  child.disconnect();
  await ended;
  expect(existsSync(told.stagingDir)).toBe(false);
  expect(existsSync(told.tempDir)).toBe(false);
});

test('a child that wakes up after its runner died makes no new folder, whichever message it had received', async () => {
  const told = command(`select * from {{ ref('shop.silver.items') }}`);
  // A folder that is made while the files are removed stays in one of some rounds.
  for (let round = 0; round < ROUNDS; round += 1) {
    const { child, ended, resolving } = start(told);
    await resolving;
    child.kill('SIGSTOP');
    child.send({
      type: 'inputs',
      tables: { 'shop.silver.items': { sql: 'select 1 as n', files: [] } },
      landingZones: {},
    });
    child.disconnect();
    child.kill('SIGCONT');
    await ended;
    expect(existsSync(told.stagingDir)).toBe(false);
    expect(existsSync(told.tempDir)).toBe(false);
  }
}, 60_000);

test('a child whose runner dies after the staged report keeps its files, which may be published by now', async () => {
  const told = command('select 1 as n');
  const { child, ended, staged } = start(told);
  await staged;
  child.disconnect();
  await ended;
  expect(await readdir(told.stagingDir)).toHaveLength(1);
  expect(existsSync(told.tempDir)).toBe(false);
});
