import { afterEach, describe, expect, test } from '@jest/globals';
import { UnavailableError, UnprocessableError } from '@rat/domain';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDefiner, type PipelineDefiner } from './open-definer.ts';

const ref = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;
/** Ends on no machine before the deadline. */
const SLOW =
  '{% set l = range(60000)|list %}{% for i in range(100000) %}{% set x = l|sort(reverse=true) %}{% endfor %}SELECT 1';

let definer: PipelineDefiner;
afterEach(() => definer.close());

async function refusalOf(promise: Promise<unknown>): Promise<UnprocessableError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UnprocessableError) return error;
  throw new Error('it was not refused', { cause: error });
}

describe('openDefiner', () => {
  test('a definer returns a definition, or a mistake with its position', async () => {
    definer = openDefiner();
    const sql = '{# a #}\n-- @max_retries: 3\nSELECT 1';
    expect(await definer.define({ ref, sql })).toMatchObject({ sql, config: { max_retries: 3 } });
    const { issues } = await refusalOf(definer.define({ ref, sql: 'SELECT\n {{ nope }}' }));
    expect(issues).toMatchObject([
      { path: 'sql', line: 2, column: 5, message: 'nope is not defined' },
    ]);
  });

  test('200 slow tests are refused after one deadline, without blocking the calling thread', async () => {
    definer = openDefiner();
    await definer.define({ ref, sql: 'SELECT 1' });
    const qualityTests = Array.from({ length: 200 }, (_, n) => ({ name: `t${n}`, sql: SLOW }));
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const startedMs = performance.now();
    const { issues, message } = await refusalOf(
      definer.define({ ref, sql: 'SELECT 1', qualityTests }),
    );
    delay.disable();
    expect(message).toContain('quality_tests.t0.sql: the template did not end in time');
    expect(issues).toHaveLength(1);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    // Rendered on this thread, it would block for two seconds.
    expect(delay.max / 1e6).toBeLessThan(1_000);
  });

  test('queued pipelines are defined in order, also after a thread was terminated', async () => {
    definer = openDefiner({ threads: 1 });
    const slow = refusalOf(definer.define({ ref, sql: SLOW }));
    const others = await Promise.all(
      [1, 2, 3].map((n) => definer.define({ ref, sql: `SELECT ${n}` })),
    );
    expect(others.map(({ sql }) => sql)).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
    expect((await slow).message).toContain('sql: the template did not end in time');
  });

  test('a closed definer refuses waiting and later pipelines', async () => {
    definer = openDefiner({ threads: 1 });
    const running = definer.define({ ref, sql: SLOW });
    const queued = definer.define({ ref, sql: 'SELECT 1' });
    const refused = Promise.all(
      [running, queued].map((promise) => expect(promise).rejects.toBeInstanceOf(UnavailableError)),
    );
    await definer.close();
    await refused;
    await expect(definer.define({ ref, sql: 'SELECT 1' })).rejects.toBeInstanceOf(UnavailableError);
  });
});
