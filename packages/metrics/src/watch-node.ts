import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { atScrape } from './at-scrape.ts';
import type { Instruments } from './open-instruments.ts';
import type { PROCESS_METRICS } from './process-metrics.ts';

/** The event loop is probed this often. More often would cost CPU time in an idle process. */
const PROBE_MS = 20;

/**
 * Measures the process itself, under the names that dashboards for Node expect. The metrics of
 * prom-client are not used: they are thirty, and nothing stops their observers. Returns the
 * function that stops the measurement.
 */
export function watchNode(own: Instruments<typeof PROCESS_METRICS>): () => void {
  own.process_start_time_seconds.set(performance.timeOrigin / 1_000);
  let cpuSeconds = 0;
  atScrape(own.process_cpu_seconds_total, (counter) => {
    const { user, system } = process.cpuUsage();
    const now = (user + system) / 1e6;
    counter.inc(now - cpuSeconds);
    cpuSeconds = now;
  });
  atScrape(own.process_resident_memory_bytes, (gauge) => gauge.set(process.memoryUsage.rss()));
  atScrape(own.nodejs_heap_size_used_bytes, (gauge) => gauge.set(process.memoryUsage().heapUsed));
  let before = performance.eventLoopUtilization();
  atScrape(own.rat_event_loop_busy_ratio, (gauge) => {
    const now = performance.eventLoopUtilization();
    gauge.set(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });
  return watchDelay(own);
}

/** The three gauges are of one histogram, which starts again at each scrape. */
function watchDelay(own: Instruments<typeof PROCESS_METRICS>): () => void {
  const delays = monitorEventLoopDelay({ resolution: PROBE_MS });
  delays.enable();
  // A histogram without a probe has no mean and no greatest value.
  const seconds = (nanoseconds: number): number =>
    delays.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - PROBE_MS / 1_000);
  // Instruments are read in the order of the catalogue, and this one is the first of the three.
  atScrape(own.nodejs_eventloop_lag_mean_seconds, (gauge) => {
    gauge.set(seconds(delays.mean));
    own.nodejs_eventloop_lag_p99_seconds.set(seconds(delays.percentile(99)));
    own.nodejs_eventloop_lag_max_seconds.set(seconds(delays.max));
    delays.reset();
  });
  return () => {
    delays.disable();
  };
}
