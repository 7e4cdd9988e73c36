// Preloaded into an API process by a benchmark: answers on loopback what only the process itself knows. `/reset` begins
// to watch its event loop anew, `/lag` says how late it was since, `/memory` what is resident after a full collection.
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const ANSWERS = {
  '/reset': () => delay.reset(),
  '/lag': () => ({ p99_ms: delay.percentile(99) / 1e6 }),
  '/memory': () => {
    collect();
    collect();
    return { resident_kb: process.memoryUsage.rss() / 1_024 };
  },
};
createServer((req, res) => res.end(JSON.stringify(ANSWERS[req.url]() ?? null)))
  .listen(Number(process.env.BENCH_GAUGE_PORT), '127.0.0.1')
  .unref();
