import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { envInteger } from './env.ts';
import { readSettings } from './read-settings.ts';

const schema = z.object({
  DATABASE_URL: z.url(),
  RAT_RUNNER_CONCURRENCY: envInteger({ min: 1, max: 64 }).default(2),
  RAT_DB_POOL: envInteger({ min: 1, max: 64 }).default(2),
});
const DATABASE_URL = 'postgresql://localhost/rat';

test('one error names every wrong variable, with the files of secrets', () => {
  const started = {
    RAT_RUNNER_CONCURRENCY: '0',
    RAT_DB_POOL: 'many',
    DATABASE_URL_FILE: '/no/such/file',
    RAT_ADMIN_TOKEN_FILE: '/no/such/file',
  };
  let message = '';
  try {
    readSettings(schema, started);
  } catch (error) {
    message = error instanceof Error ? error.message : '';
  }
  expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
    'DATABASE_URL_FILE',
    'RAT_ADMIN_TOKEN_FILE',
    'RAT_RUNNER_CONCURRENCY',
    'RAT_DB_POOL',
  ]);
  expect(message).not.toContain('/no/such/file');
});

test('an unknown RAT_ variable is a warning with the nearest name, and never shows its value', () => {
  const { warnings } = readSettings(schema, {
    DATABASE_URL,
    RAT_RUNER_CONCURENCY: 'secret',
    RAT_XYZZY_PLUGH_FROTZ: 'secret',
  });
  expect(warnings).toEqual([
    'RAT_RUNER_CONCURENCY: no setting has this name; did you mean RAT_RUNNER_CONCURRENCY?',
    'RAT_XYZZY_PLUGH_FROTZ: no setting has this name',
  ]);
});

test('variables of other processes, of tests and without the prefix are no warning', () => {
  const { warnings } = readSettings(schema, {
    DATABASE_URL,
    RAT_RUNNERS: '3',
    RAT_TEST_REDIS_URL: 'x',
    RATTLE: 'x',
    PATH: '/bin',
  });
  expect(warnings).toEqual([]);
});

test('a variable under its old name is used, with a warning that names the new one', () => {
  const { env, warnings } = readSettings(
    schema,
    { DATABASE_URL, RAT_OLD_POOL: '7' },
    { RAT_OLD_POOL: 'RAT_DB_POOL' },
  );
  expect(env.RAT_DB_POOL).toBe(7);
  expect(warnings).toEqual(['RAT_OLD_POOL: its name is now RAT_DB_POOL']);
});
