import type { IncomingMessage } from 'node:http';
import {
  API_METRICS,
  atScrape,
  openInstruments,
  openProcessRegistry,
  type ProcessRegistry,
} from '@rat/metrics';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { RequestHandler } from 'express';
import { findOperationName } from '../http/operation-name.ts';
import type { StreamSlots } from '../http/stream-slots.ts';
import { InstallationReader } from './installation-reader.ts';

/** The metrics of an API process, and of the installation as it reads them. */
export interface ApiMetrics {
  /** The process's own part, which its background jobs report to. */
  process: ProcessRegistry;
  /** Measures every request. */
  measure: RequestHandler;
  /** The text for a scrape and its media type. */
  scrape(): Promise<{ text: string; contentType: string }>;
  close(): void;
}

/** Opens the metrics of an API process. `close` stops the measurement of the process. */
export function openApiMetrics(deps: {
  db: Database;
  log: Logger;
  version: string;
  slots: StreamSlots;
}): ApiMetrics {
  const { db, log, version, slots } = deps;
  const metrics = openProcessRegistry({ service: 'api', version, pool: db.pool });
  const { registry } = metrics;
  const own = openInstruments(registry, API_METRICS);
  atScrape(own.rat_event_streams, (gauge) => gauge.set(slots.use.open));
  own.rat_event_streams_max.set(slots.use.most);
  const installation = new InstallationReader({ db, log, registry });
  const measure: RequestHandler = (req, res, next) => {
    const start = performance.now();
    res.once('close', () => {
      const labels = { operation: operationOf(req), status: `${String(res.statusCode)[0]}xx` };
      own.rat_http_request_duration_seconds.observe(labels, (performance.now() - start) / 1_000);
    });
    next();
  };
  return {
    process: metrics,
    measure,
    scrape: async () => {
      await installation.refresh();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
    close: () => metrics.close(),
  };
}

function operationOf(req: IncomingMessage): string {
  return findOperationName(req) ?? 'none';
}
