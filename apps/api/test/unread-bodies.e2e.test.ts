import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const TOKEN = 'the-admin-token-of-the-tests-0123456789';

let open: ApiFixture;
let signedIn: ApiFixture;
let impatient: ApiFixture;
beforeAll(async () => {
  impatient = await openApi({ connectionLimits: { headerMs: 300 } });
  open = await openApi();
  signedIn = await openApi({ adminToken: TOKEN });
}, 60_000);
afterAll(async () => {
  await open.close();
  await signedIn.close();
  await impatient.close();
});

interface Client {
  socket: Socket;
  /** What has arrived so far. */
  heard: () => string;
  closed: Promise<unknown>;
}

async function openClient(api: ApiFixture, head: readonly string[]): Promise<Client> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  // The server closes a connection on which this client still writes.
  socket.on('error', () => undefined);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // `once` would reject with an error of the connection.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  return { socket, heard: () => text, closed };
}

const JSON_HEAD = ['Host: localhost', 'Content-Type: application/json'];
const QUERY = ['POST /api/v1/query HTTP/1.1', ...JSON_HEAD];
const UPLOAD = [
  'POST /api/v1/landing-zones/default/in/files?name=a.csv HTTP/1.1',
  'Host: localhost',
];
const STATED = `Content-Length: ${GIB}`;
const CHUNKED = 'Transfer-Encoding: chunked';

/** Writes until the server has closed the connection; resolves with the bytes that it took. */
async function pour({ socket, closed }: Client, chunk: Buffer): Promise<number> {
  let taken = 0;
  while (!socket.closed && taken < GIB) {
    const hasRoom = socket.write(chunk);
    taken += chunk.length;
    if (!hasRoom) await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
  }
  return taken;
}

const MEBIBYTE = Buffer.alloc(MIB, 0x20);
const CHUNK = Buffer.concat([Buffer.from('100000\r\n'), MEBIBYTE, Buffer.from('\r\n')]);

test.each([
  ['JSON', () => openClient(open, [...QUERY, STATED]), 413],
  ['an upload', () => openClient(open, [...UPLOAD, STATED]), 413],
  ['a request without a token', () => openClient(signedIn, [...QUERY, STATED]), 401],
  [
    'a request to no route',
    () => openClient(open, ['PUT /none HTTP/1.1', ...JSON_HEAD, STATED]),
    404,
  ],
])('%s that announces 1 GB is refused before the body arrives', async (_what, begin, status) => {
  const client = await begin();
  // Not a byte of the body is sent: the answer cannot have waited for one.
  const answer = await eventually(
    'the refusal',
    () => /^HTTP\/1.1 (\d+)/.exec(client.heard())?.[1],
  );
  expect(Number(answer)).toBe(status);
  expect(client.heard()).toMatch(/^connection: close\r$/im);
  client.socket.destroy();
});

test.each([
  ['of a stated length', STATED, MEBIBYTE],
  ['in chunks', CHUNKED, CHUNK],
])(
  'a client that sends 1 GB %s gets its 413, and the API reads a small part of it',
  async (_how, length, chunk) => {
    const client = await openClient(open, [...QUERY, length]);
    const taken = await pour(client, chunk);
    expect(client.heard()).toMatch(/^HTTP\/1.1 413 /);
    // 16 MiB are read, and the system holds some more.
    expect(taken).toBeLessThan(128 * MIB);
  },
  30_000,
);

test('a client that reads only after it has sent all of a refused body of 3 MB gets the refusal', async () => {
  const client = await openClient(open, [...QUERY, `Content-Length: ${3 * MIB}`]);
  client.socket.pause();
  for (let n = 0; n < 3; n += 1) {
    if (!client.socket.write(MEBIBYTE)) await once(client.socket, 'drain');
  }
  client.socket.resume();
  await eventually('the refusal', () => client.heard().startsWith('HTTP/1.1 413 '));
  client.socket.end();
  await client.closed;
});

test('a refused body that is small is read to its end, and its connection serves the next request', async () => {
  const client = await openClient(open, ['PUT /none HTTP/1.1', ...JSON_HEAD, 'Content-Length: 2']);
  await eventually('the refusal', () => client.heard().startsWith('HTTP/1.1 404 '));
  client.socket.write(
    '{}GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  await client.closed;
  expect(client.heard()).toMatch(/HTTP\/1.1 200 /);
});

test('a small body that unpacks to 64 MB is refused when 1 MB of it is unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB, 0x20));
  expect(bomb.length).toBeLessThan(MIB);
  const head = [...QUERY, 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`];
  const client = await openClient(open, [...head, 'Connection: close']);
  client.socket.write(bomb);
  await client.closed;
  expect(client.heard()).toMatch(/^HTTP\/1.1 413 /);
});

test('a connection that sends nothing is closed without an answer, and one with half of its headers gets a 408', async () => {
  const port = Number(new URL(impatient.url).port);
  const silent = connect(port, '127.0.0.1');
  let heard = '';
  silent.on('data', (chunk) => (heard += String(chunk)));
  await once(silent, 'close');
  expect(heard).toBe('');
  const half = connect(port, '127.0.0.1');
  half.on('data', (chunk) => (heard += String(chunk)));
  half.write('GET /health/live HTTP/1.1\r\nHost: local');
  await once(half, 'close');
  expect(heard).toMatch(/^HTTP\/1.1 408 /);
});
