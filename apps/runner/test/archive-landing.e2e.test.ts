import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

const ARCHIVING = { archive_landing_zones: true };
const RETRYING = { max_retries: 3, retry_delay_seconds: 0 };

describe('a run that archives', () => {
  test('a run that archives moves exactly what it read, and the next run reads only new files', async () => {
    await client.define('moved', ARCHIVING);
    await client.upload('moved', 'a.csv', 'n\n1\n');
    await mkdir(join(fleet.home, 'landing/default/moved/sub'), { recursive: true });
    await writeFile(join(fleet.home, 'landing/default/moved/sub/b.csv'), 'n\n2\n');
    const first = await client.run('moved');
    const gone = async (): Promise<boolean> => (await client.names('moved')).length === 0;
    await eventually('the files are moved', gone);
    expect(await client.names('moved', '&processed=true')).toEqual([
      `${first}/a.csv`,
      `${first}/sub/b.csv`,
    ]);
    // A second file of the same name is another file.
    expect((await client.upload('moved', 'a.csv', 'n\n3\n')).status).toBe(201);
    const second = await client.run('moved');
    expect(await client.filesRead(second, 'moved')).toEqual(['a.csv']);
    expect(await client.filesRead(first, 'moved')).toEqual(['a.csv', 'sub/b.csv']);
    await eventually('the files are moved', gone);
    expect(await client.rows('moved')).toEqual([1, 2, 3]);
    const emptied = await client.run('moved', 'failed');
    expect((await client.send('GET', `/runs/${emptied}`)).body.failure?.code).toBe(
      'source_not_found',
    );
  });

  test('a run that archives leaves files uploaded during its work to the next run', async () => {
    const slow = 'WHERE (SELECT sum(i) FROM range(300_000_000) r(i)) > 0';
    await client.define('meanwhile', ARCHIVING, slow);
    await client.upload('meanwhile', 'a.csv', 'n\n1\n');
    const id = await fleet.createRun('default/bronze/meanwhile');
    await eventually('the list is fixed', () => client.filesRead(id, 'meanwhile'), 60_000);
    await client.upload('meanwhile', 'b.csv', 'n\n2\n');
    await fleet.spy.waitFor(id, 'success');
    expect(await client.filesRead(id, 'meanwhile')).toEqual(['a.csv']);
    expect(await client.rows('meanwhile')).toEqual([1]);
    await eventually(
      'what was read is moved',
      async () => (await client.names('meanwhile')).join() === 'b.csv',
    );
    await client.run('meanwhile');
    expect(await client.rows('meanwhile')).toEqual([1, 2]);
  }, 120_000);

  test('a run that archives never shares a file with another run of its pipeline', async () => {
    const slow = 'WHERE (SELECT sum(i) FROM range(100_000_000) r(i)) > 0';
    await client.define('twice', { ...ARCHIVING, ...RETRYING }, slow);
    await client.upload('twice', 'a.csv', 'n\n1\n');
    const ids = await Promise.all([1, 2].map(() => fleet.createRun('default/bronze/twice')));
    const statuses = await eventually(
      'both have ended',
      async () => {
        const runs = await Promise.all(ids.map((id) => client.send('GET', `/runs/${id}`)));
        const found = runs.map(({ body }) => body.status ?? '');
        return found.every((status) => status === 'success' || status === 'failed') && found;
      },
      60_000,
    );
    // The other run finds that main moved, starts again, and finds the zone empty.
    expect(statuses.toSorted()).toEqual(['failed', 'success']);
    expect(await client.rows('twice')).toEqual([1]);
  }, 120_000);

  test('a failed run archives nothing until its rows are published by hand', async () => {
    await client.define('failing', ARCHIVING);
    await client.upload('failing', 'a.csv', 'n\n-1\n');
    const id = await client.run('failing', 'failed');
    expect(await client.filesRead(id, 'failing')).toEqual(['a.csv']);
    expect(await client.names('failing')).toEqual(['a.csv']);
    expect(await client.names('failing', '&processed=true')).toEqual([]);
    const published = await client.send('POST', `/runs/${id}/publish`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'the debt is real' }),
    });
    expect(published.status).toBe(200);
    await eventually(
      'the file is moved',
      async () => (await client.names('failing', '&processed=true')).join() === `${id}/a.csv`,
    );
    expect(await client.onDisk('failing')).not.toContain('a.csv');
  });

  test('archiving can be configured by an annotation, and only by yes or no', async () => {
    const put = (sql: string): Promise<void> =>
      fleet.putPipeline('default/bronze/annotated', { sql });
    const sql = `SELECT n FROM read_csv({{ landing_zone('annotated') }})`;
    await expect(put(`-- @archive_landing_zones: maybe\n${sql}`)).rejects.toThrow(/true or false/);
    await put(`-- @archive_landing_zones: true\n${sql}`);
    await client.upload('annotated', 'a.csv', 'n\n1\n');
    await client.run('annotated');
    await eventually(
      'the file is moved',
      async () => (await client.names('annotated', '&processed=true')).length === 1,
    );
  });

  test('a file is read once, even if its run’s runner is killed between the publish and the move', async () => {
    await client.define('killed', ARCHIVING);
    await client.upload('killed', 'a.csv', 'n\n1\n');
    // No folder can be made below a plain file, so the run is published and its files stay in the
    // zone.
    const obstacle = join(fleet.home, 'landing/default/killed/_processed');
    await writeFile(obstacle, '');
    const id = await client.run('killed');
    const [runner] = fleet.runners;
    runner?.kill('SIGKILL');
    await runner?.exited;
    expect(await client.onDisk('killed')).toContain('a.csv');

    await fleet.startRunner();
    await client.upload('killed', 'b.csv', 'n\n2\n');
    const next = await client.run('killed');
    expect(await client.filesRead(next, 'killed')).toEqual(['b.csv']);
    expect(await client.rows('killed')).toEqual([1, 2]);
    expect(await client.onDisk('killed')).toEqual(['_processed', 'a.csv', 'b.csv']);
    await rm(obstacle);
    await eventually(
      'both are moved',
      async () => (await client.names('killed', '&processed=true')).length === 2,
    );
    const names = await client.names('killed', '&processed=true');
    expect(names.toSorted()).toEqual([`${id}/a.csv`, `${next}/b.csv`].toSorted());
    expect(await client.names('killed')).toEqual([]);
  }, 90_000);
});

describe('a run, whether it archives or not', () => {
  test.each([
    ['replaced', ARCHIVING],
    ['replaced_only', {}],
  ])(
    '%s: a run reads again what was replaced while it read',
    async (zone, config) => {
      const slow = 'WHERE (SELECT sum(i) FROM range(300_000_000) r(i)) > 0';
      await client.define(zone, { ...config, ...RETRYING }, slow);
      await client.upload(zone, 'a.csv', 'n\n1\n');
      const id = await fleet.createRun(`default/bronze/${zone}`);
      await eventually('the list is fixed', () => client.filesRead(id, zone), 60_000);
      await client.upload(zone, 'a.csv', 'n\n22\n', '&replace=true');
      await fleet.spy.waitFor(id, 'success', 60_000);
      const { body } = await client.send('GET', `/runs/${id}`);
      // If the first attempt had read all files, the replacement would belong to the next run.
      const readAgain = (body.attempt ?? 0) > 1;
      expect(await client.rows(zone)).toEqual([readAgain ? 22 : 1]);
      expect(body.landing_files).toEqual({
        [zone]: [{ path: 'a.csv', bytes: readAgain ? 5 : 4 }],
      });
    },
    120_000,
  );
});
