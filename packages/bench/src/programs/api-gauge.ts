// A benchmark preloads this into an API process; it serves facts that only the process itself has,
// on loopback. `/reset` restarts the watch of the event loop. `/lag` answers its delay since then,
// `/memory` the resident memory after a full collection.
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function answerTo(path: string | undefined): object | null {
  switch (path) {
    case '/reset':
      delay.reset();
      return null;
    case '/lag':
      return { p99_ms: delay.percentile(99) / 1e6 };
    case '/memory':
      collect();
      collect();
      return { resident_kb: process.memoryUsage.rss() / 1_024 };
    default:
      return null;
  }
}

createServer((req, res) => res.end(JSON.stringify(answerTo(req.url))))
  .listen(Number(process.env['BENCH_GAUGE_PORT']), '127.0.0.1')
  .unref();
