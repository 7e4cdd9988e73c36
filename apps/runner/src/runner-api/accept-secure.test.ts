import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectPlain, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CHANNEL_IDENTITY, CHANNEL_TLS, toSecureKey } from '@rat/contracts';
import { acceptSecure } from './accept-secure.ts';

const KEY = toSecureKey(Buffer.alloc(32, 7));
const REQUEST = 'GET /x HTTP/1.1\r\nHost: runner\r\nConnection: close\r\n\r\n';

let server: Server;
let requests: number;
let closeSilent: () => void;

beforeEach(async () => {
  requests = 0;
  server = createServer((req, res) => {
    requests += 1;
    res.end(`answer to ${req.url}`);
  });
  closeSilent = acceptSecure(server, KEY);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

function port(): number {
  return (server.address() as AddressInfo).port;
}

async function askWith(key: string, identity: string): Promise<string> {
  const socket = connect({
    ...CHANNEL_TLS,
    port: port(),
    host: '127.0.0.1',
    pskCallback: () => ({ psk: Buffer.from(key), identity }),
    checkServerIdentity: () => undefined,
  });
  await once(socket, 'secureConnect');
  socket.end(REQUEST);
  return text(socket);
}

test('a client that knows the key is answered over TLS', async () => {
  expect(await askWith(KEY, CHANNEL_IDENTITY)).toContain('answer to /x');
});

test.each([
  ['another key', toSecureKey(Buffer.alloc(32, 8)), CHANNEL_IDENTITY],
  ['another identity', KEY, 'stranger'],
])('a client with %s gets no further than the handshake', async (_, key, identity) => {
  await expect(askWith(key, identity)).rejects.toThrow();
  expect(requests).toBe(0);
});

test('an API of an older version is served over plain HTTP at the same port', async () => {
  const socket = connectPlain(port(), '127.0.0.1');
  socket.write(REQUEST.slice(0, 9));
  socket.write(REQUEST.slice(9));
  expect(await text(socket)).toContain('answer to /x');
});

test('a connection that has said nothing is closed with the server', async () => {
  const silent = connectPlain(port(), '127.0.0.1');
  await once(silent, 'connect');
  // A second connection is answered, so the server has met the first one.
  await askWith(KEY, CHANNEL_IDENTITY);
  const gone = once(silent, 'close');
  closeSilent();
  await gone;
});

test('many connections at once leave no listener on the server', async () => {
  const before = server.eventNames().length;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => askWith(KEY, CHANNEL_IDENTITY)),
  );
  expect(new Set(answers.map((answer) => answer.includes('answer to /x')))).toEqual(
    new Set([true]),
  );
  expect(server.eventNames()).toHaveLength(before);
});
