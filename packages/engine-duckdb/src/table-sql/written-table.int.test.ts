import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { quoteIdentifier, quoteText } from '@rat/domain';
import { boundsRows } from './bounds-rows.ts';
import { readSnapshotManifests } from '../../../iceberg/src/commits/read-snapshot.ts';
import { findRefSnapshot } from '../../../iceberg/src/commits/snapshot-graph.ts';
import { TableLab } from '../../test/table-lab.ts';

const lab = new TableLab();
beforeEach(() => lab.setUp());
afterEach(() => lab.tearDown());

describe('a table that DuckDB wrote', () => {
  test('a table reads the same with our reader and with an independent one', async () => {
    const table = lab.table();
    await table.append(
      `SELECT i::INTEGER AS id, 'n' || i AS name, i * 1.5::DOUBLE AS d FROM range(100) t(i)`,
    );
    await table.append(
      `SELECT (100 + i)::INTEGER AS id, NULL::VARCHAR AS name, 0.0::DOUBLE AS d FROM range(5) t(i)`,
    );
    const ours = await lab.rows(
      `SELECT id::INTEGER AS id, name, d FROM (${await table.sql()}) ORDER BY id`,
    );
    expect(ours).toHaveLength(105);
    const foreign = await table.foreignRows();
    expect(foreign.map((row) => [row['id'], row['name'] ?? null, row['d']])).toEqual(
      ours.map((row) => Object.values(row as object)).map(([id, name, d]) => [Number(id), name, d]),
    );
    const snapshot = findRefSnapshot(table.metadata, 'main');
    expect(snapshot?.summary).toMatchObject({
      operation: 'append',
      'added-records': '5',
      'total-records': '105',
      'total-data-files': '2',
    });
  });

  test('a column of every type keeps its values within its bounds', async () => {
    const table = lab.table();
    const sql = `SELECT i::INTEGER AS id, i::HUGEINT * 10000000000000000000 AS big, (i - 1)::DECIMAL(9,2) / 4 AS "de c",
      i % 2 = 0 AS ok, DATE '1969-12-30' + i::INTEGER AS d, TIMESTAMP '1969-12-31 23:59:59.999999' + i * INTERVAL 1 DAY AS ts,
      TIMESTAMPTZ '1969-12-31 23:00:00+02' AS tz, ('\\x00\\xFF' || chr(65 + i::INTEGER))::BLOB AS b,
      ('00000000-0000-0000-0000-00000000000' || i)::UUID AS u, {'a': i, 'b''c': [i]} AS st, MAP {'k': i} AS mp,
      [i, NULL] AS li, TIME '01:02:03' AS t, CASE WHEN i = 1 THEN 'nan'::DOUBLE ELSE i END AS f, '{"a":1}'::JSON AS j
      FROM range(3) r(i)`;
    await table.append(sql);
    expect(await table.rows('id')).toEqual(
      await lab.rows(
        `SELECT * REPLACE (t::VARCHAR AS t, big::DECIMAL(38,0) AS big, j::VARCHAR AS j, "de c"::DOUBLE AS "de c") FROM (${sql}) ORDER BY id`,
      ),
    );
    const schema = table.metadata.schemas.at(-1);
    if (schema === undefined) throw new Error('the table has no schema');
    const live = await table.live();
    for (const field of schema.fields.filter((other) => typeof other.type === 'string')) {
      const [bounds] = boundsRows(live, schema, field.id);
      if (field.type === 'double') {
        expect(bounds).toMatchObject({ lower: null, upper: null });
        continue;
      }
      const name = quoteIdentifier(field.name);
      const cast = (text: string | null | undefined) =>
        field.type === 'binary'
          ? `unhex(${quoteText(text ?? '')})`
          : `CAST(${quoteText(text ?? '')} AS ${field.type === 'decimal(38, 0)' ? 'DECIMAL(38,0)' : 'VARCHAR'})`;
      const value =
        field.type === 'binary' || field.type === 'decimal(38, 0)' ? name : `${name}::VARCHAR`;
      expect(
        await lab.rows(
          `SELECT min(${value}) = ${cast(bounds?.lower)} AS lo, max(${value}) = ${cast(bounds?.upper)} AS hi FROM (${await table.sql()})`,
        ),
      ).toEqual([{ lo: true, hi: true }]);
    }
  });

  test('added, dropped and widened columns are read from old files too', async () => {
    const table = lab.table();
    await table.append(
      `SELECT 1::INTEGER AS id, 1.5::FLOAT AS f, 'gone' AS old, {'a': 1::INTEGER} AS st`,
    );
    await table.append(
      `SELECT 5000000000::BIGINT AS id, 2.5::DOUBLE AS f, {'b': 'x', 'a': 2::BIGINT} AS st, 'y' AS "we""ird"`,
    );
    expect(await table.rows('id')).toEqual([
      { id: '1', f: 1.5, old: 'gone', st: { a: '1', b: null }, 'we"ird': null },
      { id: '5000000000', f: 2.5, old: null, st: { a: '2', b: 'x' }, 'we"ird': 'y' },
    ]);
    const schema = table.metadata.schemas.at(-1);
    if (schema === undefined) throw new Error('the table has no schema');
    expect(boundsRows(await table.live(), schema, 1).map((row) => row.lower)).toEqual([
      '5000000000',
      '1',
    ]);
    expect(table.metadata['current-schema-id']).toBe(schema['schema-id']);
  });

  test('partitions before 1970, without a value or with odd names are read back', async () => {
    const table = lab.table();
    await table.append(
      `SELECT i::INTEGER AS id, CASE WHEN i < 4 THEN TIMESTAMP '1969-12-31 22:30:00' + i * INTERVAL 1 HOUR END AS ts,
        CASE WHEN i % 2 = 0 THEN 'é/=' || i END AS "k y", 'v' || i AS v FROM range(6) t(i)`,
      [
        { column: 'ts', transform: 'day' },
        { column: 'k y', transform: 'identity' },
        { column: 'ts', transform: 'hour' },
        { column: 'id', transform: 'truncate[4]' },
      ],
    );
    const live = await table.live();
    expect(live.map((file) => Object.values(file.partition).map(String).join(' ')).sort()).toEqual([
      '1969-12-31 null -1 0',
      '1969-12-31 é/=0 -2 0',
      '1970-01-01 null 1 0',
      '1970-01-01 é/=2 0 0',
      'null null null 4',
      'null é/=4 null 4',
    ]);
    const ours = await table.rows('id');
    expect(ours).toHaveLength(6);
    expect(ours[5]).toEqual({ id: 5, ts: null, 'k y': null, v: 'v5' });
    // The independent reader finds columns by name, and expects a changed name for "k y" in files.
    expect((await table.foreignRows()).map((row) => [row['id'], row['v']])).toEqual(
      Array.from({ length: 6 }, (_, id) => [id, `v${id}`]),
    );
    expect(table.metadata['partition-specs'].at(-1)?.fields.map((field) => field.name)).toEqual([
      'ts_day',
      'k y',
      'ts_hour',
      'id_trunc',
    ]);
    const [manifest] = await readSnapshotManifests(
      lab.files,
      table.metadata,
      table.metadata['current-snapshot-id'] ?? 0n,
    );
    expect(manifest?.partitions?.[0]).toMatchObject({
      containsNull: true,
      lower: '/////w==',
      upper: 'AAAAAA==',
    });
  });
});
