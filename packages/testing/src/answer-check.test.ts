import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { AnswerCheck } from './answer-check.ts';

const check = new AnswerCheck();
let answer: { status: number; type: string; body: string | Buffer; encoding?: string };
const server = createServer((_req, res) => {
  res.setHeader('content-type', answer.type);
  if (answer.encoding !== undefined) res.setHeader('content-encoding', answer.encoding);
  res.writeHead(answer.status).end(answer.body);
});
server.prependListener('request', (req, res) => check.watch(req, res));

afterEach(() => {
  check.faults.length = 0;
  server.closeAllConnections();
  server.close();
});

const PACKED = { gzip: gzipSync, br: brotliCompressSync };

/** What the check finds in one answer to a GET of `path`. */
async function faultsOf(
  path: string,
  given: { status?: number; type?: string; body: unknown; encoding?: keyof typeof PACKED },
): Promise<string[]> {
  const text = JSON.stringify(given.body);
  const body = given.encoding === undefined ? text : PACKED[given.encoding](text);
  answer = { status: 200, type: 'application/json', ...given, body };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return check.faults;
}

test('an answer that fits its schema is no fault', async () => {
  expect(await faultsOf('/health/live', { body: { status: 'ok', version: '1' } })).toEqual([]);
});

test('a field of the wrong type is a fault that names the field', async () => {
  const faults = await faultsOf('/health/live', { body: { status: 'ok', version: 1 } });
  expect(faults).toEqual([expect.stringContaining('/version must be string')]);
});

test('a field that the schema does not have is a fault', async () => {
  const body = { status: 'ok', version: '1', host: 'a' };
  const faults = await faultsOf('/health/live', { body });
  expect(faults).toEqual([expect.stringContaining('must NOT have additional properties')]);
});

test.each(['gzip', 'br'] as const)(
  'an answer that is compressed with %s is checked too',
  async (encoding) => {
    const faults = await faultsOf('/health/live', { body: { status: 'ok', version: 1 }, encoding });
    expect(faults).toEqual([expect.stringContaining('/version must be string')]);
  },
);

test('a status that the operation does not describe is a fault', async () => {
  const faults = await faultsOf('/api/v1/runs?limit=1', { status: 203, body: {} });
  expect(faults).toEqual(['GET /api/v1/runs 203: not in the document']);
});

test('an error of any status has the one shape of errors', async () => {
  const path = '/api/v1/runs/8b1f6a3e-0d4e-4b3a-9a53-4a6f1c6f0d11';
  const faults = await faultsOf(path, { status: 500, body: { message: 'oh' } });
  expect(faults).toEqual([expect.stringContaining("required property 'error'")]);
});

test('a media type that the operation does not describe is a fault', async () => {
  const faults = await faultsOf('/health/live', { type: 'text/html', body: {} });
  expect(faults).toEqual([expect.stringContaining('text/html is not in the document')]);
});
