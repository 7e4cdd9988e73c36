// The lower bound for a watched run: each POST writes one message to every open response.
import { createServer, type ServerResponse } from 'node:http';
import { announcePort, endWithBenchmark } from './program.ts';

const watchers = new Set<ServerResponse>();
const server = createServer((req, res) => {
  if (req.method === 'POST') {
    const at = new Date().toISOString();
    for (const watcher of watchers) {
      watcher.write(`id: 1\nevent: log\ndata: {"at":"${at}","message":"marker"}\n\n`);
    }
    res.end();
    return;
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write(': open\n\n');
  watchers.add(res);
  res.on('close', () => watchers.delete(res));
});
server.listen(0, '127.0.0.1', () => announcePort(server.address()));
endWithBenchmark();
