import { findFreePort } from '@rat/testing';

/** Facts about an API process that only the process itself knows. */
export interface ApiGauge {
  /** The environment of the API process that serves the gauge. */
  env: Record<string, string>;
  /** Restarts the watch of the event loop. */
  reset: () => Promise<void>;
  lagMs: () => Promise<number>;
  memoryKb: () => Promise<number>;
}

/** Queries the gauge of the API process that was started with `env`; at most one such process. */
export async function apiGauge(): Promise<ApiGauge> {
  const port = await findFreePort();
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as T;
  return {
    env: {
      NODE_OPTIONS: `--import=${new URL('programs/api-gauge.js', import.meta.url).href}`,
      BENCH_GAUGE_PORT: String(port),
    },
    reset: async () => {
      await ask('/reset');
    },
    lagMs: async () => (await ask<{ p99_ms: number }>('/lag')).p99_ms,
    memoryKb: async () => (await ask<{ resident_kb: number }>('/memory')).resident_kb,
  };
}
