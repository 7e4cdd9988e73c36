import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that cuts event streams. */
export interface CuttingProxy {
  url: string;
  /** How many streams it has cut. */
  cuts: () => number;
  close: () => void;
}

/**
 * Forwards to `target`, and cuts each event stream after 60 KB of it, within whatever frame that is, until 20 are cut.
 */
export async function openCuttingProxy(target: string): Promise<CuttingProxy> {
  let cuts = 0;
  const server = createServer((from, to) => {
    const { method, headers } = from;
    const onward = request(`${target}${from.url}`, { method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (!isStream || bytes < 60_000 || cuts >= 20) return void to.write(chunk);
        cuts += 1;
        to.write(chunk.subarray(0, chunk.length / 2), () => to.destroy());
        answer.destroy();
      });
      answer.on('end', () => to.end());
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
