import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { openEventStream, type StreamEvent } from './event-stream.ts';

async function served(
  chunks: string[],
): Promise<{ url: string; close: () => void; lastEventId: () => string | undefined }> {
  let lastEventId: string | undefined;
  const server = createServer((request, response) => {
    lastEventId = request.headers['last-event-id']?.toString();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const chunk of chunks) response.write(chunk);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => server.close(),
    lastEventId: () => lastEventId,
  };
}

describe('openEventStream', () => {
  test('event stream frames are parsed by the standard, at any network split', async () => {
    const server = await served([
      'id: 1\nevent: lo',
      'g\ndata: a\ndata: b\n',
      '\n:beat\n\ndata:plain\n\ndata: cut off',
    ]);
    const stream = await openEventStream(server.url, { lastEventId: '7' });
    const events: StreamEvent[] = [];
    for await (const event of stream) events.push(event);
    server.close();
    expect(events).toEqual([
      { id: '1', event: 'log', data: 'a\nb' },
      { id: '1', event: 'message', data: 'plain' },
    ]);
    expect(stream.comments()).toBe(1);
    expect(server.lastEventId()).toBe('7');
  });
});
