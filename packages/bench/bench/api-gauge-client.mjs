import { findFreePort } from '@rat/embedded-postgres';

/** Queries the gauge of the API process that was started with `env`; at most one such process. */
export async function apiGauge() {
  const port = await findFreePort();
  const ask = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  return {
    env: {
      NODE_OPTIONS: `--import=${new URL('api-gauge.mjs', import.meta.url)}`,
      BENCH_GAUGE_PORT: String(port),
    },
    reset: () => ask('/reset'),
    lagMs: async () => (await ask('/lag')).p99_ms,
    memoryKb: async () => (await ask('/memory')).resident_kb,
  };
}
