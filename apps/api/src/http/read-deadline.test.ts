import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { readDeadline, watchReading } from './read-deadline.ts';

const ANSWER = Buffer.alloc(64 * 1024 * 1024, 'x');

/** Requests `app`, reads nothing, and resolves when the server has closed the connection. */
async function waitUntilClosed(app: RequestListener): Promise<boolean> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.pause();
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [served] = await once(server, 'connection');
  await once(served, 'close');
  client.destroy();
  server.close();
  return true;
}

describe('a client that reads nothing', () => {
  test('a client that reads nothing loses its connection after a complete response', async () => {
    const app = express().use(readDeadline(100));
    app.get('/', (_req, res) => void res.send(ANSWER));
    expect(await waitUntilClosed(app)).toBe(true);
  });

  test('a client that reads nothing loses its connection in the middle of a paged response', async () => {
    const app = express();
    app.get('/', (_req, res) => {
      watchReading(res, 100);
      res.write(ANSWER);
    });
    expect(await waitUntilClosed(app)).toBe(true);
  });
});

test('a client that reads slowly keeps its connection', async () => {
  const app = express().use(readDeadline(100));
  app.get('/', (_req, res) => void res.send('all'));
  const server = createServer({ keepAliveTimeout: 10_000 }, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [served] = await once(server, 'connection').then(async (sockets) => {
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(client, 'data');
    return sockets;
  });
  expect(served.timeout).toBeGreaterThanOrEqual(10_000);
  client.destroy();
  server.closeAllConnections();
  server.close();
});
