/**
 * The metrics of the product, in the format that Prometheus reads: which there are, and the
 * instruments that count them.
 *
 * Promises: every metric is declared here, with labels of few values; a process measures itself
 * until it is closed.
 * Refuses to know: where a value is read from, Postgres, HTTP routes.
 * Fails: when a port cannot be opened. Counting never fails.
 *
 * @example
 * const metrics = openProcessRegistry({ service: 'runner', version, pool: db.pool });
 * const served = await serveMetrics({ registry: metrics.registry, host, port, log });
 * await served.close();
 */
export { atScrape } from './at-scrape.ts';
export { INSTALLATION_METRICS } from './installation-metrics.ts';
export { openInstruments, type Instruments } from './open-instruments.ts';
export { API_METRICS, RUNNER_METRICS } from './process-metrics.ts';
export { openProcessRegistry, type ProcessRegistry } from './process-registry.ts';
export { serveMetrics } from './serve-metrics.ts';
export { Registry } from 'prom-client';
