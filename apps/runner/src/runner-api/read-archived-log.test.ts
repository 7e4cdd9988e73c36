import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { formatArchivedRow } from '@rat/contracts';
import { readArchivedLog } from './read-archived-log.ts';

const LINE = formatArchivedRow({
  seq: 1,
  kind: 'log',
  attempt: 1,
  at: new Date(0).toISOString(),
  message: 'a line',
});

/** A response whose client is gone. */
async function abandonedResponse(): Promise<ServerResponse> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: test\r\n\r\n');
  const [, res] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  client.destroy();
  await once(res, 'close');
  server.close();
  return res;
}

test('an asker that leaves before the first byte closes the file', async () => {
  let onClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => (onClosed = resolve));
  const logs = {
    async *read() {
      try {
        for (;;) yield await Promise.resolve([LINE]);
      } finally {
        onClosed();
      }
    },
  };
  const res = await abandonedResponse();
  await expect(readArchivedLog(logs, { path: 'a', afterSeq: 0 }, res)).rejects.toThrow();
  await closed;
});
