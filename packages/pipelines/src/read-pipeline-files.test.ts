import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InputError } from '@rat/domain';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPipelineFiles } from './read-pipeline-files.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-pipelines-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

describe('readPipelineFiles', () => {
  test('a folder’s pipelines are read with their config and tests, sorted by address', async () => {
    await write({
      'pipelines/shop/silver/orders/pipeline.sql': 'select 1',
      'pipelines/shop/silver/orders/config.yaml': 'max_retries: 2\n',
      'pipelines/shop/silver/orders/automation.yaml': 'schedules: {}\n',
      'pipelines/shop/silver/orders/tests/quality/b.sql': 'select 2',
      'pipelines/shop/silver/orders/tests/quality/a.sql': 'select 3',
      'pipelines/hr/bronze/people/pipeline.sql': 'select 4',
      'pipelines/hr/.DS_Store': '',
    });
    expect(await readPipelineFiles(root)).toEqual([
      {
        ref: { namespace: 'hr', layer: 'bronze', name: 'people' },
        sql: 'select 4',
        config: undefined,
        qualityTests: [],
      },
      {
        ref: { namespace: 'shop', layer: 'silver', name: 'orders' },
        sql: 'select 1',
        config: { max_retries: 2 },
        configYaml: 'max_retries: 2\n',
        automationYaml: 'schedules: {}\n',
        qualityTests: [
          { name: 'a', sql: 'select 3' },
          { name: 'b', sql: 'select 2' },
        ],
      },
    ]);
  });

  test('tests/quality.yaml sets what the SQL of the tests does not, and is refused with its line', async () => {
    const folder = 'pipelines/shop/silver/orders';
    await write({
      [`${folder}/pipeline.sql`]: 'select 1',
      [`${folder}/tests/quality/a.sql`]: 'select 2',
      [`${folder}/tests/quality.yaml`]: 'a:\n  severity: warn\n',
    });
    const [{ qualityTests } = {}] = await readPipelineFiles(root);
    expect(qualityTests).toEqual([{ name: 'a', sql: 'select 2', severity: 'warn' }]);
    await write({ [`${folder}/tests/quality.yaml`]: 'a: {}\nb: {}\n' });
    expect(await issuesFound()).toEqual({
      [`${folder}/tests/quality.yaml:2`]: 'b: there is no tests/quality/b.sql',
    });
  });

  test('a folder without pipelines is read as empty', async () => {
    expect(await readPipelineFiles(root)).toEqual([]);
  });

  test('every misplaced or misnamed file is refused by its path, relative to the root', async () => {
    await write({
      'pipelines/Shop/silver/x/pipeline.sql': 'select 1',
      'pipelines/shop/platinum/x/pipeline.sql': 'select 1',
      'pipelines/shop/gold/no-sql/config.yaml': 'a: 1',
      'pipelines/shop/silver/orders/pipeline.sql': 'select 1',
      'pipelines/shop/silver/orders/config.yaml': 'a: [1',
      'pipelines/shop/silver/orders/tests/quality/Bad Name.sql': 'select 1',
      'pipelines/shop/silver/items/pipeline.sql': 'select 1',
      'pipelines/shop/silver/items/config.yml': 'max_retries: 2',
    });
    const refusal: unknown = await readPipelineFiles(root).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InputError);
    const paths = refusal instanceof InputError ? refusal.issues.map((issue) => issue.path) : [];
    expect(paths.toSorted()).toEqual([
      'pipelines/Shop',
      'pipelines/shop/gold/no-sql/pipeline.sql',
      'pipelines/shop/platinum',
      'pipelines/shop/silver/items/config.yml',
      'pipelines/shop/silver/orders/config.yaml',
      'pipelines/shop/silver/orders/tests/quality/Bad Name.sql',
    ]);
  });

  async function issuesFound(): Promise<Record<string, string>> {
    const refusal: unknown = await readPipelineFiles(root).catch((error: unknown) => error);
    if (!(refusal instanceof InputError)) throw new Error('nothing was refused');
    return Object.fromEntries(
      refusal.issues.map(({ path, line, message }) => [
        line === undefined ? path : `${path}:${line}`,
        message,
      ]),
    );
  }

  test('a file that is not UTF-8 is refused with the position of its first wrong byte', async () => {
    const folder = 'pipelines/shop/silver/orders';
    await write({
      [`${folder}/pipeline.sql`]: Buffer.from("SELECT 'é',\n 'Z\u00fcrich'", 'latin1'),
      [`${folder}/config.yaml`]: Buffer.from('\uFEFFmax_retries: 2', 'utf16le'),
      [`${folder}/tests/quality/a.sql`]: Buffer.concat([
        Buffer.from("SELECT 'é',\n '"),
        Buffer.from([0xe2, 0x82]),
      ]),
      [`${folder}/tests/quality/b.sql`]: 'SELECT 1\0',
    });
    expect(await issuesFound()).toEqual({
      [`${folder}/pipeline.sql`]: expect.stringMatching(
        /byte 9 is 0xE9 in line 1; save it as UTF-8/,
      ),
    });
    await write({ [`${folder}/pipeline.sql`]: 'SELECT 1' });
    expect(await issuesFound()).toEqual({
      [`${folder}/config.yaml`]: expect.stringContaining('UTF-16'),
      [`${folder}/tests/quality/a.sql`]: expect.stringMatching(/byte 16 is 0xE2 in line 2/),
      [`${folder}/tests/quality/b.sql`]: expect.stringContaining('NUL'),
    });
  });

  test('a byte order mark of UTF-8 is dropped', async () => {
    await write({
      'pipelines/shop/silver/orders/pipeline.sql': '\uFEFFSELECT 1',
      'pipelines/shop/silver/orders/config.yaml': '\uFEFFmax_retries: 2',
    });
    expect(await readPipelineFiles(root)).toMatchObject([
      { sql: 'SELECT 1', config: { max_retries: 2 } },
    ]);
  });

  test('an invalid setting is refused with its file, line and key', async () => {
    await write({
      'pipelines/shop/silver/orders/pipeline.sql': 'SELECT 1',
      'pipelines/shop/silver/orders/config.yaml':
        '# settings\ntimeout_seconds: true\nmax_retrys: 3\narchive_landing_zones: "yes"\n',
    });
    const file = 'pipelines/shop/silver/orders/config.yaml';
    expect(await issuesFound()).toEqual({
      [`${file}:2`]: 'timeout_seconds: must be a whole number from 1 to 86400, in decimal digits',
      [`${file}:3`]: expect.stringContaining('did you mean max_retries?'),
      [`${file}:4`]: 'archive_landing_zones: must be true or false',
    });
  });

  test('links to pipeline files are followed; a dead link, or a folder in a file’s place, is refused', async () => {
    const folder = 'pipelines/shop/silver/orders';
    await write({ 'elsewhere.sql': 'SELECT 1', [`${folder}/tests/quality/a.sql`]: 'SELECT 2' });
    await symlink(join(root, 'elsewhere.sql'), join(root, folder, 'pipeline.sql'));
    expect(await readPipelineFiles(root)).toMatchObject([{ sql: 'SELECT 1' }]);
    await symlink(join(root, 'nowhere'), join(root, folder, 'config.yaml'));
    await symlink('loop.sql', join(root, folder, 'tests/quality/loop.sql'));
    await mkdir(join(root, 'pipelines/shop/gold/x/pipeline.sql'), { recursive: true });
    expect(await issuesFound()).toEqual({
      [`${folder}/config.yaml`]: 'is a symbolic link that leads to no file',
      [`${folder}/tests/quality/loop.sql`]: 'is a symbolic link that leads to no file',
      'pipelines/shop/gold/x/pipeline.sql': 'is a folder, and must be a file',
    });
  });
});
