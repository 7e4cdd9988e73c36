import { Readable, Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { onServer, openStoreFixture, ORDERS } from '@rat/testing';
import { putTrigger } from '../triggers/write-trigger.ts';
import { importDatabase } from './import-database.ts';
import { withExport, type ExportFacts } from './export-database.ts';

test('after a restore the next file of a zone comes behind all that a trigger has decided about', async () => {
  const fixture = await openStoreFixture();
  const name = `${new URL(fixture.url).pathname.slice(1)}_restored`;
  const url = new URL(`/${name}${new URL(fixture.url).search}`, fixture.url).href;
  try {
    await putTrigger(
      fixture.db,
      { pipeline: ORDERS, name: 't' },
      {
        settings: {
          config: {
            kind: 'upload',
            namespace: 'default',
            zone: 'drops',
            pattern: null,
            min_files: 1,
          },
          debounceSeconds: 0,
          maxWaitSeconds: undefined,
          cooldownSeconds: 0,
          maxPerHour: 120,
          overlap: 'inherit',
          priority: 0,
          expiresInSeconds: undefined,
          params: undefined,
        },
      },
    );
    await fixture.db.pool.query(
      `INSERT INTO zone_files (namespace, zone, path, bytes, modified_at, position)
       VALUES ('default', 'drops', 'kept.csv', 1, now(), 30)`,
    );
    // A file that is gone had the position 40.
    await fixture.db.pool.query(`UPDATE trigger_inputs SET consumed = '40'`);
    const { facts, rows } = await readAll(fixture.url);
    await fixture.db.pool.query(`CREATE DATABASE ${name}`);
    await importDatabase(url, {
      migrations: facts.migrations,
      tables: facts.tables,
      open: (table) => Readable.from([rows.get(table.name) ?? Buffer.alloc(0)]),
    });
    await onServer(url, async (client) => {
      const next = await client.query(`SELECT nextval('zone_files_order')::int AS next`);
      expect(next.rows).toEqual([{ next: 41 }]);
    });
  } finally {
    await fixture.db.pool.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await fixture.close();
  }
}, 60_000);

async function readAll(url: string): Promise<{ facts: ExportFacts; rows: Map<string, Buffer> }> {
  return withExport(url, async ({ facts, copy }) => {
    const rows = new Map<string, Buffer>();
    for (const table of facts.tables) {
      const parts: Buffer[] = [];
      const sink = new Writable({
        write: (part: Buffer, _encoding, done) => {
          parts.push(part);
          done();
        },
      });
      await copy(table, sink);
      rows.set(table.name, Buffer.concat(parts));
    }
    return { facts, rows };
  });
}
