import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InputError } from '@rat/domain';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPipelineFiles } from './read-pipeline-files.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-pipelines-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

describe('readPipelineFiles', () => {
  test('reads pipelines with their config and tests, sorted by address', async () => {
    await write({
      'pipelines/shop/silver/orders/pipeline.sql': 'select 1',
      'pipelines/shop/silver/orders/config.yaml': 'max_retries: 2\n',
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
        qualityTests: [
          { name: 'a', sql: 'select 3' },
          { name: 'b', sql: 'select 2' },
        ],
      },
    ]);
  });

  test('a root without pipelines has none', async () => {
    expect(await readPipelineFiles(root)).toEqual([]);
  });

  test('every file that would not be read as meant is named, relative to the root', async () => {
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
});
