import type { OperationId } from '@rat/contracts';
import { listed, on, type AccessCase } from './access-case.ts';
import { at, type AccessWorld, type Prepared } from './access-world.ts';

const CSV = { body: 'n\n1\n', headers: { 'content-type': 'text/csv' } };

const table = async (world: AccessWorld): Promise<Prepared> => ({
  path: (await world.success()).ref,
});
const zone = async (world: AccessWorld): Promise<Prepared> => ({ path: await world.zone() });

async function withFile(world: AccessWorld, kind: 'files' | 'samples'): Promise<Prepared> {
  const path = await world.zone();
  const where = `/landing-zones/${path.namespace}/${path.zone}/${kind}`;
  await world.do('post', where, { ...CSV, query: 'name=a.csv' });
  return { path: { ...path, name: 'a.csv' } };
}

/** A table that is dropped already, or that is not: one table serves the drops and the undrops one after the other. */
async function tableThatIs(world: AccessWorld, state: 'dropped' | 'there'): Promise<Prepared> {
  const { ref } = await world.shared('a table to be dropped', () => world.endedRun());
  const found = await world.db.pool.query('SELECT FROM lake.iceberg_tables WHERE table_name = $1', [
    ref.name,
  ]);
  const isThere = found.rowCount === 1;
  if (isThere && state === 'dropped') await world.do('delete', `/tables/${at(ref)}`);
  if (!isThere && state === 'there') await world.do('post', `/tables/${at(ref)}/undrop`);
  return { path: ref };
}

const CASES = {
  listTables: listed(),
  getSchema: listed(),
  getTable: on(200, table),
  dropTable: on(200, (world) => tableThatIs(world, 'there')),
  undropTable: on(200, (world) => tableThatIs(world, 'dropped')),
  putTableMetadata: on(200, async (world) => ({
    ...(await table(world)),
    body: { description: 'numbers' },
  })),
  getTableProfile: on(200, table),
  diffTable: on(200, async (world) => ({ ...(await table(world)), query: 'from=main' })),
  previewTable: on(200, table),
  query: {
    ...on(200, async (world) => {
      const { namespace, layer, name } = (await world.success()).ref;
      return { body: { sql: `SELECT * FROM ${layer}.${name}`, namespace } };
    }),
    elsewhere: 404,
  },
  maintain: on(200, async (world) => {
    const { namespace, layer, name } = (await world.success()).ref;
    return { body: { namespace, layer, table: name, dry_run: true } };
  }),
  listAllLandingZones: listed(),
  createLandingZone: on(201, (world) => ({
    body: { namespace: 'default', name: world.next('zone') },
  })),
  listLandingZones: on(200, () => ({ path: { namespace: 'default' } })),
  getLandingZone: on(200, zone),
  putLandingZone: on(200, async (world) => ({
    ...(await zone(world)),
    body: { description: 'in' },
  })),
  deleteLandingZone: on(204, zone),
  getZoneLifecycle: on(200, zone),
  putZoneLifecycle: on(200, async (world) => ({
    ...(await zone(world)),
    body: { processed_retention_days: 7 },
  })),
  listLandingFiles: on(200, zone),
  uploadLandingFile: on(201, async (world) => ({
    ...(await zone(world)),
    ...CSV,
    query: 'name=b.csv',
  })),
  getLandingFile: on(200, (world) => withFile(world, 'files')),
  deleteLandingFile: on(204, (world) => withFile(world, 'files')),
  listLandingSamples: on(200, zone),
  uploadLandingSample: on(201, async (world) => ({
    ...(await zone(world)),
    ...CSV,
    query: 'name=b.csv',
  })),
  deleteLandingSample: on(204, (world) => withFile(world, 'samples')),
} satisfies Partial<Record<OperationId, AccessCase>>;

export default CASES;
