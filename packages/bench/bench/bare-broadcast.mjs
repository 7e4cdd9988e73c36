// The lower bound for a watched run: each POST writes one message to every open response.
import { createServer } from 'node:http';

const watchers = new Set();
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
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
process.stdin.resume().on('end', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
