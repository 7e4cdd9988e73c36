import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { NamespaceSet } from '@rat/domain';
import { openTableFixture, type TableFixture } from '../../test/table-fixture.ts';
import { resolveInputs, type PinnedInputs } from './resolve-inputs.ts';

const SALARIES = { namespace: 'hr', layer: 'silver', name: 'salaries' } as const;

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
  await fixture.deps.db.pool.query(
    `INSERT INTO lake.iceberg_tables
       (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
     VALUES ('rat', 'hr_silver', 'salaries', 'file:///gone/metadata.json', 'TABLE')`,
  );
});
afterEach(() => fixture.close());

/** What a run is answered that reads these tables; `mayLack`: only its quality tests read them. */
function resolve(
  name: string,
  mayRead: NamespaceSet,
  more: { mayLack?: string[]; pinned?: Record<string, string> } = {},
): Promise<PinnedInputs['answer']> {
  const { signal } = new AbortController();
  const folder = join(fixture.deps.limits.tempDir, 'inputs');
  const wanted = { namespace: 'default', landingZones: [], folder, signal, mayRead, ...more };
  const answer = resolveInputs(fixture.deps, { ...wanted, tables: [{ ...SALARIES, name }] });
  return answer.then((found) => found.answer);
}

test('a table of a namespace that the version may not read is refused as one that does not exist', async () => {
  // The table is there: who may read it is told that its metadata is not.
  await expect(resolve('salaries', undefined)).rejects.toThrow();
  await expect(resolve('salaries', ['default', 'hr'])).rejects.toThrow();
  for (const name of ['salaries', 'nowhere']) {
    expect(await resolve(name, ['default'])).toEqual({
      type: 'refuse',
      failure: {
        code: 'source_not_found',
        message: `table hr.silver.${name} does not exist: no run has published it yet`,
        phase: 'detect',
      },
    });
  }
});

test('a version that may read no namespace reads no table', async () => {
  expect(await resolve('salaries', [])).toMatchObject({ type: 'refuse' });
});

test('a foreign table of a quality test is missing, in the words of one that does not exist', async () => {
  for (const name of ['salaries', 'nowhere']) {
    const table = `hr.silver.${name}`;
    const answer = await resolve(name, ['default'], { mayLack: [table] });
    expect(answer).toMatchObject({
      type: 'inputs',
      tables: {},
      missing: {
        [table]: { message: `table ${table} does not exist: no run has published it yet` },
      },
    });
  }
});

test('a run that reproduces another one reads no pinned snapshot of a foreign table', async () => {
  for (const name of ['salaries', 'nowhere']) {
    const pinned = { [`hr.silver.${name}`]: '17' };
    expect(await resolve(name, ['default'], { pinned })).toMatchObject({
      type: 'refuse',
      failure: { message: `snapshot 17 of table hr.silver.${name} is no longer kept` },
    });
  }
});
