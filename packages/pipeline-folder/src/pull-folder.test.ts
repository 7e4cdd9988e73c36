import { createServer } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RatClient } from '@rat/client';
import { pullFolder } from './pull-folder.ts';

let folder: string;
let closing: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-pull-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await rm(folder, { recursive: true, force: true });
});

/** An API that has a pipeline in each of these namespaces, for a token that may see `namespaces`; null: all. */
async function serve(homes: string[], namespaces: string[] | null): Promise<RatClient> {
  const pipelines = homes.map((namespace) => {
    return { namespace, layer: 'gold', name: 'one', version: 1 };
  });
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    response.setHeader('content-type', 'application/json');
    if (path === '/api/v1/session') {
      response.end(JSON.stringify({ sign_in: true, name: 'x', role: 'editor', namespaces }));
    } else if (path === '/api/v1/pipelines') {
      response.end(JSON.stringify({ pipelines, total: pipelines.length }));
    } else {
      response.end(JSON.stringify({ sql: 'SELECT 1 AS n', config: {}, quality_tests: [] }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new RatClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

test('a token that is limited to namespaces removes no file of another one', async () => {
  await pullFolder(await serve(['a', 'b', 'c'], null), folder, { force: false });
  // The pipeline of b was deleted. That of c is out of sight.
  const { remove } = await pullFolder(await serve(['a'], ['a', 'b']), folder, { force: false });
  expect(remove).toEqual(['pipelines/b/gold/one/pipeline.sql']);
  expect((await readdir(join(folder, 'pipelines'))).toSorted()).toEqual(['a', 'c']);
});
