import { expect, test } from '@jest/globals';
import { RETENTION_DEFAULTS } from '@rat/domain';
import { runnerEnv } from './env.ts';
import { retentionOf } from './retention-of.ts';

test('an environment that sets nothing has the defaults that the API shows before the first runner', () => {
  const env = runnerEnv.parse({ DATABASE_URL: 'postgres://localhost/rat' });
  expect(retentionOf(env)).toEqual(RETENTION_DEFAULTS);
});
