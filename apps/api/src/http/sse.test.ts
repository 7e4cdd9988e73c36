import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { openSse, sseFrame, type SseStream } from './sse.ts';

describe('sseFrame', () => {
  test('a line break in the data of an event does not end the event', () => {
    expect(sseFrame({ id: 7, event: 'log', data: 'a\nb\r\nc\rd' })).toBe(
      'id: 7\nevent: log\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
    );
  });
});

describe('openSse', () => {
  let server: Server | undefined;
  let client: Socket | undefined;
  afterEach(() => {
    client?.destroy();
    server?.close();
  });

  /** Opens a stream to a client that reads nothing until the test resumes its socket. */
  async function open(options: Parameters<typeof openSse>[1]): Promise<{
    sse: SseStream;
    res: ServerResponse;
    client: Socket;
  }> {
    const opened = new Promise<{ sse: SseStream; res: ServerResponse }>((resolve) => {
      const app = express();
      app.get('/', (_req, res) => resolve({ sse: openSse(res, options), res }));
      server = createServer(app).listen(0, '127.0.0.1');
    });
    await once(server as unknown as Server, 'listening');
    const { port } = (server as unknown as Server).address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    client = socket;
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    return { ...(await opened), client: socket };
  }

  const FRAME = sseFrame({ id: 1, event: 'log', data: 'x'.repeat(1_000) });

  test('a client that pauses costs bounded memory and gets every event later', async () => {
    const { sse, res, client: slow } = await open({});
    let received = '';
    slow.on('data', (chunk) => (received += String(chunk)));
    slow.pause();
    let sent = 0;
    const enough = new AbortController();
    const pump = (async () => {
      for (; !enough.signal.aborted; sent += 1) await sse.send(FRAME);
    })();
    await untilTrue(() => res.writableNeedDrain);
    expect(res.writableLength).toBeLessThan(100_000);
    enough.abort();
    slow.resume();
    await pump;
    sse.end();
    await once(slow, 'end');
    expect(received.split('id: 1\n')).toHaveLength(sent + 1);
  });

  test('a client that reads slowly keeps its stream', async () => {
    const bytes = 16 * 1_024 * 1_024;
    const { sse, client: slow } = await open({ drainTimeoutMs: 1_000 });
    let received = 0;
    slow.on('data', (chunk) => {
      received += chunk.length;
      slow.pause();
      setTimeout(() => slow.resume(), 10);
    });
    slow.resume();
    await sse.send('x'.repeat(bytes));
    expect(sse.gone.aborted).toBe(false);
    sse.end();
    await once(slow, 'end');
    expect(received).toBeGreaterThan(bytes);
  });

  test('a client that never reads loses its stream', async () => {
    const { sse, client: dead } = await open({ drainTimeoutMs: 50 });
    while (!sse.gone.aborted) await sse.send(FRAME);
    dead.resume();
    await once(dead, 'close');
  });

  test('a stream detects that its client disconnects, even during a send', async () => {
    const { sse, client: leaver } = await open({});
    const sending = (async () => {
      while (!sse.gone.aborted) await sse.send(FRAME);
    })();
    leaver.destroy();
    await sending;
    expect(sse.gone.aborted).toBe(true);
  });

  test('a quiet stream sends heartbeats, and begins with the reconnection delay', async () => {
    const { client: listener } = await open({ heartbeatMs: 5 });
    let text = '';
    listener.on('data', (chunk) => (text += String(chunk)));
    listener.resume();
    await untilTrue(() => text.split(':\n\n').length > 3);
    expect(text).toMatch(/Content-Type: text\/event-stream; charset=utf-8/);
  });
});

async function untilTrue(probe: () => boolean): Promise<void> {
  while (!probe()) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
