import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { MetricsDeps } from './metrics-deps.ts';

/** GET /metrics: the text that Prometheus reads. */
export function getMetricsRoute({ metrics }: MetricsDeps): HandledOperation<'getMetrics'> {
  return handleOperation('getMetrics', async (_req, res) => {
    const { text, contentType } = await metrics.scrape();
    res.set('Content-Type', contentType).set('Cache-Control', 'no-store').send(text);
  });
}
