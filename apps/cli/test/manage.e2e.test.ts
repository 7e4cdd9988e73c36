import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findDraft, saveDraft } from '@rat/pipeline-folder';
import { startFleet, type Fleet } from '@rat/testing';
import { startCli, type Ended } from './start-cli.ts';

jest.setTimeout(120_000);

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-manage-'));
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

const rat = (...args: string[]): Promise<Ended> =>
  startCli(args, { url: fleet.apis[0]?.url ?? '', folder }).ended;

async function write(file: string, text: string): Promise<string> {
  const path = join(folder, 'project/pipelines/default', file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

async function runOf(path: string): Promise<void> {
  await fleet.spy.waitFor(await fleet.createRun(path), 'success');
}

describe('namespaces', () => {
  test('a namespace is made, listed, shown, and deleted by consent', async () => {
    const facts = ['--description', 'what we sell', '--owner', 'ana'];
    expect(await rat('namespaces', 'create', 'shop', ...facts)).toMatchObject({
      code: 0,
      out: 'made shop\n',
    });
    expect((await rat('namespaces')).out).toMatch(/^shop +0 +ana +what we sell$/m);
    expect((await rat('namespaces', '-q')).out).toBe('default\nshop\n');
    const shown = await rat('namespaces', 'show', 'shop');
    expect(shown.out).toContain('shop: 0 pipelines, weight 1\nwhat we sell\nowner ana\n');
    expect(await rat('namespaces', 'create', 'shop')).toMatchObject({ code: 6 });
    const unasked = await rat('namespaces', 'delete', 'shop');
    expect(unasked).toMatchObject({ code: 6, out: '' });
    expect(unasked.err).toContain('Delete the namespace shop? Nothing was done: add --yes');
    expect(await rat('namespaces', 'delete', 'shop', '--yes')).toMatchObject({
      code: 0,
      out: 'deleted shop\n',
    });
    expect(await rat('namespaces', 'show', 'shop')).toMatchObject({ code: 4 });
    expect(await rat('namespaces', 'delete', 'shop', '--yes')).toMatchObject({ code: 4 });
  });

  test('a namespace with content, and the default one, are not deleted, and the reason is named', async () => {
    await rat('namespaces', 'create', 'full');
    await fleet.putPipeline('full/gold/kept', { sql: 'SELECT 1 AS n' });
    const refused = await rat('namespaces', 'delete', 'full', '--yes');
    expect(refused).toMatchObject({ code: 6, out: '' });
    expect(refused.err).toContain('pipeline');
    expect(await rat('namespaces', 'delete', 'default', '--yes')).toMatchObject({ code: 6 });
  });

  test('quotas are shown with what is used of them', async () => {
    await fleet.client().namespaces.create({ name: 'small', quotas: { runs_running: 3 } });
    expect((await rat('namespaces', 'show', 'small')).out).toMatch(/^runs running +3 +0$/m);
  });
});

describe('versions', () => {
  test('restore makes an old version the newest one, with a message, after a dry run has shown the change', async () => {
    await fleet.putPipeline('default/gold/restored', { sql: 'SELECT 1 AS n\n' });
    await fleet.putPipeline('default/gold/restored', { sql: 'SELECT 2 AS n\n' });
    const planned = await rat('restore', 'gold.restored', '1', '--dry-run');
    expect(planned).toMatchObject({ code: 10 });
    expect(planned.out).toContain('-SELECT 2 AS n\n+SELECT 1 AS n\n');
    expect(await rat('restore', 'gold.restored', '1', '--message', 'too early')).toMatchObject({
      code: 0,
      out: 'restored version 1 of default.gold.restored as version 3\n',
    });
    expect((await rat('versions', 'gold.restored')).out).toMatch(/^ *3 .* too early$/m);
    const again = await rat('restore', 'gold.restored', '3');
    expect(again).toMatchObject({ code: 0, out: 'default.gold.restored is version 3 already\n' });
    expect(await rat('restore', 'gold.restored', '3', '--dry-run')).toMatchObject({ code: 0 });
    expect(await rat('restore', 'gold.restored', '9')).toMatchObject({ code: 4 });
    expect(await rat('restore', 'gold.restored', 'one')).toMatchObject({ code: 2 });
  });
});

describe('drafts', () => {
  test('a file is saved as a draft with its mistakes, shown, and published with a message once it is right', async () => {
    await fleet.putPipeline('default/gold/drafted', { sql: 'SELECT 1 AS n\n' });
    expect((await rat('drafts')).err).toContain('no pipeline has a draft');
    const file = await write('gold/drafted/pipeline.sql', 'SELECT 2 AS n,,\n');
    const saved = await rat('drafts', 'save', file);
    expect(saved).toMatchObject({ code: 0 });
    expect(saved.out).toMatch(
      /^saved the draft of default\.gold\.drafted\n {2}error {2}pipeline\.sql:1:\d+: /,
    );
    expect((await rat('drafts', '-q')).out).toBe('default.gold.drafted\n');
    const wrong = await rat('drafts', 'publish', 'gold.drafted');
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('\n  pipeline.sql:1: ');
    expect((await rat('drafts', 'show', 'gold.drafted')).out).toContain('  error  pipeline.sql:1:');
    await write('gold/drafted/pipeline.sql', 'SELECT 2 AS n\n');
    // The other draft may be of another person.
    const unasked = await rat('drafts', 'save', dirname(file));
    expect(unasked).toMatchObject({ code: 6, out: '' });
    expect(unasked.err).toContain('default.gold.drafted has a draft of version 1, changed ');
    const message = ['--message', 'twice as much'];
    expect(await rat('drafts', 'save', dirname(file), '--yes', ...message)).toMatchObject({
      code: 0,
      out: 'saved the draft of default.gold.drafted\n',
    });
    const shown = await rat('drafts', 'show', 'gold.drafted');
    expect(shown.out).toContain('-SELECT 1 AS n\n+SELECT 2 AS n\n');
    expect(shown.err).toContain(': twice as much\n');
    expect(await rat('drafts', 'publish', 'gold.drafted', ...message)).toMatchObject({
      code: 0,
      out: 'published version 2 of default.gold.drafted\n',
    });
    expect((await rat('versions', 'gold.drafted')).out).toMatch(/^ *2 .* twice as much$/m);
    expect(await rat('drafts', 'publish', 'gold.drafted')).toMatchObject({ code: 4 });
  });

  test('a draft that was stored after the question is not replaced', async () => {
    const source = {
      ref: { namespace: 'default', layer: 'gold', name: 'shared' },
      sql: 'SELECT 1 AS n\n',
      configYaml: undefined,
      automationYaml: undefined,
    } as const;
    const client = fleet.client();
    const save = async (replaces: Awaited<ReturnType<typeof findDraft>>) =>
      saveDraft(client, source, { message: undefined, replaces });
    const none = await findDraft(client, source.ref);
    await client.drafts.put(source.ref, { sql: 'SELECT 2 AS n' });
    await expect(save(none)).rejects.toThrow(/^default\.gold\.shared: 412 /);
    const second = await findDraft(client, source.ref);
    await client.drafts.put(source.ref, { sql: 'SELECT 3 AS n' });
    await expect(save(second)).rejects.toThrow(/^default\.gold\.shared: 412 /);
    const third = await findDraft(client, source.ref);
    expect(third?.draft.sql).toBe('SELECT 3 AS n');
    expect(await save(third)).toMatchObject({ sql: source.sql });
    await client.drafts.delete(source.ref);
  });

  test('of a folder only what differs is saved, and a draft is discarded by consent', async () => {
    await rm(join(folder, 'project'), { recursive: true, force: true });
    await write('gold/same/pipeline.sql', 'SELECT 1 AS n\n');
    await write('gold/other/pipeline.sql', 'SELECT 1 AS n\n');
    const project = join(folder, 'project');
    await rat('apply', project);
    await write('gold/other/pipeline.sql', 'SELECT 5 AS n\n');
    expect((await rat('drafts', 'save', project)).out).toBe(
      'saved the draft of default.gold.other\n',
    );
    // The same again replaces nothing.
    expect(await rat('drafts', 'save', project)).toMatchObject({ code: 0 });
    expect(await rat('drafts', 'discard', 'gold.other')).toMatchObject({ code: 6 });
    expect(await rat('drafts', 'discard', 'gold.other', '--yes')).toMatchObject({
      code: 0,
      out: 'discarded the draft of default.gold.other\n',
    });
    expect(await rat('drafts', 'show', 'gold.other')).toMatchObject({ code: 4 });
    expect((await rat('drafts')).err).toContain('no pipeline has a draft');
  });
});

describe('tables', () => {
  test('a drop shows what is lost and who reads it, needs consent and force, and is taken back', async () => {
    await fleet.putPipeline('default/silver/source', { sql: 'SELECT 1 AS n' });
    await fleet.putPipeline('default/gold/reader', {
      sql: "SELECT * FROM {{ ref('silver.source') }}",
    });
    await runOf('default/silver/source');
    await runOf('default/gold/reader');
    const planned = await rat('tables', 'drop', 'silver.source', '--dry-run');
    expect(planned).toMatchObject({ code: 0, out: '' });
    expect(planned.err).toMatch(/^default\.silver\.source: 1 row, .*, 1 version, updated /);
    expect(planned.err).toContain('\n  read by default.gold.reader\n');
    const unasked = await rat('tables', 'drop', 'silver.source');
    expect(unasked).toMatchObject({ code: 6, out: '' });
    expect(unasked.err).toContain('Drop the table default.silver.source? Nothing was done');
    const inUse = await rat('tables', 'drop', 'silver.source', '--yes');
    expect(inUse).toMatchObject({ code: 6, out: '' });
    expect(inUse.err).toContain('default.gold.reader');
    const drop = ['tables', 'drop', 'silver.source', '--yes', '--force', '--reason', 'wrong'];
    const dropped = await rat(...drop);
    expect(dropped.out).toMatch(
      /^dropped the table default\.silver\.source; rat tables restore default\.silver\.source brings it back until 20/,
    );
    expect(await rat('tables', 'silver.source')).toMatchObject({ code: 4 });
    expect((await rat('tables', '--dropped')).out).toMatch(/^default\.silver\.source .* wrong$/m);
    const restored = await rat('tables', 'restore', 'silver.source');
    expect(restored).toMatchObject({ code: 0 });
    expect(restored.out).toMatch(/^restored default\.silver\.source, which was dropped 20/);
    expect((await rat('tables', 'silver.source')).out).toContain('1 row');
    expect(await rat('tables', 'drop', 'silver.nothing', '--yes')).toMatchObject({ code: 4 });
  });
});

describe('delete', () => {
  test('a pipeline is deleted by consent, and its table stays unless it is dropped too', async () => {
    for (const name of ['one', 'two']) {
      await fleet.putPipeline(`default/gold/${name}`, { sql: 'SELECT 1 AS n' });
      await runOf(`default/gold/${name}`);
    }
    const unasked = await rat('delete', 'gold.one');
    expect(unasked).toMatchObject({ code: 6, out: '' });
    expect(unasked.err).toContain('Delete default.gold.one and keep its table? Its runs stay.');
    expect(await rat('delete', 'gold.one', '--yes')).toMatchObject({
      code: 0,
      out: 'deleted default.gold.one\n',
    });
    expect(await rat('tables', 'gold.one')).toMatchObject({ code: 0 });
    const planned = await rat('delete', 'gold.two', '--table', 'drop', '--dry-run');
    expect(planned).toMatchObject({ code: 0, out: '' });
    expect(planned.err).toContain('default.gold.two: 1 row');
    expect(await rat('pipelines', '-q')).toMatchObject({
      out: expect.stringContaining('gold.two'),
    });
    const deleted = await rat('delete', 'gold.two', '--table', 'drop', '--yes');
    expect(deleted.out).toContain('deleted default.gold.two\ndropped the table default.gold.two; ');
    expect(await rat('tables', 'gold.two')).toMatchObject({ code: 4 });
    expect(await rat('delete', 'gold.two', '--yes')).toMatchObject({ code: 4 });
    expect(await rat('delete', 'gold.one', '--force')).toMatchObject({ code: 2 });
  });

  test('a pipeline that has not run is deleted with the table that it lacks', async () => {
    await fleet.putPipeline('default/gold/fresh', { sql: 'SELECT 1 AS n' });
    const deleted = await rat('delete', 'gold.fresh', '--table', 'drop', '--yes', '--json');
    expect(JSON.parse(deleted.out)).toMatchObject({
      name: 'fresh',
      result: 'deleted',
      table: null,
    });
    expect(deleted.err).toContain('default.gold.fresh has no table');
  });
});

test('without a runner a table is dropped and restored, and its rows are not known', async () => {
  await fleet.putPipeline('default/gold/alone', { sql: 'SELECT 1 AS n' });
  await runOf('default/gold/alone');
  await fleet.runners[0]?.stop();
  const dropped = await rat('tables', 'drop', 'gold.alone', '--yes');
  expect(dropped).toMatchObject({ code: 0 });
  expect(dropped.err).toMatch(/^default\.gold\.alone: .*so its rows are not known\n/);
  expect(await rat('tables', 'restore', 'gold.alone')).toMatchObject({ code: 0 });
});
