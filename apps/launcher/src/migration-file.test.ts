import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createMigrationFile } from './migration-file.ts';

const NOW = new Date('2026-11-28T22:05:09.123Z');

let migrations: string;
beforeEach(async () => {
  migrations = await mkdtemp(join(tmpdir(), 'rat-migrations-'));
});
afterEach(() => rm(migrations, { recursive: true, force: true }));

test('a new migration is named by the time in UTC and explains how to write it', async () => {
  await mkdir(join(migrations, '20261125000000_maintenance'));
  const file = await createMigrationFile(migrations, 'add_run_labels', NOW);
  expect(file).toBe(join(migrations, '20261128220509_add_run_labels', 'migration.sql'));
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  expect(lines[0]).toMatch(/^-- WHY: /);
  // An unfinished migration changes nothing.
  expect(lines.every((line) => line.startsWith('--'))).toBe(true);
});

test('a new migration sorts after one whose time lies in the future', async () => {
  await mkdir(join(migrations, '20261231235959_counted_up_by_hand'));
  const file = await createMigrationFile(migrations, 'next', NOW);
  expect(basename(dirname(file))).toBe('20270101000000_next');
});

test.each(['', 'Add Labels', 'add-labels', '_x', '../x', 'x/y'])(
  'the name "%s" of a migration is refused',
  async (name) => {
    await expect(createMigrationFile(migrations, name, NOW)).rejects.toThrow('no name');
  },
);
