import type { ApiMetrics } from './api-metrics.ts';

/** What the route of the metrics and the measurement of requests need. */
export interface MetricsDeps {
  metrics: ApiMetrics;
}
