import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newTableMetadata } from '@rat/iceberg';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { createTestDatabase, onServer, type TestDatabase } from '@rat/testing';
import { writeBackup } from './write-backup.ts';

let root: string;
let database: TestDatabase;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-backup-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
  await rm(root, { recursive: true, force: true });
});

test('a backup names the table that lost its current metadata and holds the others', async () => {
  const places = { warehouse: join(root, 'warehouse'), landing: join(root, 'landing') };
  const files = new LocalTableFiles(places.warehouse);
  const schema = { type: 'struct' as const, 'schema-id': 0, fields: [] };
  const locations: string[] = [];
  for (const name of ['kept', 'lost']) {
    const metadata = newTableMetadata({ location: files.uri(name), uuid: name, schema, nowMs: 1 });
    const location = files.uri(name, 'metadata', '00001-a.metadata.json');
    await files.writeNew(location, Buffer.from(JSON.stringify(metadata)));
    await onServer(database.url, (client) =>
      client.query(
        `INSERT INTO lake.iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
         VALUES ('rat', 'silver', $1, $2)`,
        [name, location],
      ),
    );
    locations.push(location);
  }
  const [kept = '', lost = ''] = locations;
  await rm(pathFromUri(lost));
  const to = join(root, 'copy');
  const said: string[] = [];
  const backup = await writeBackup({
    databaseUrl: database.url,
    places,
    to,
    say: (line) => said.push(line),
  });
  expect(backup).toMatchObject({ files: 1, incomplete: [lost] });
  expect(said).toHaveLength(1);
  expect(JSON.parse(await readFile(join(to, 'backup.json'), 'utf8'))).toMatchObject({
    metadata_locations: [kept],
    incomplete_tables: [lost],
  });
});
