import { envVar, type Logger } from '@rat/runtime';
import { z } from 'zod';
import { openTraces, type Traces } from './open-traces.ts';

/** `name=value` pairs separated by commas; values are percent-encoded. */
const headerList = z
  .string()
  .refine(
    (text) => text.split(',').every((pair) => /^\s*[\w.-]+=[^\s,]*\s*$/.test(pair)),
    'must be name=value pairs, separated by commas',
  );

/** The variables of traces, for the environment of a process. */
export const tracesEnv = {
  OTEL_EXPORTER_OTLP_ENDPOINT: envVar(
    z.url({ protocol: /^https?$/ }).optional(),
    'Base address of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. Without it there are no traces.',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: envVar(
    headerList.optional(),
    'Headers for the collector: `name=value` pairs separated by commas.',
  ),
  OTEL_EXPORTER_OTLP_HEADERS_FILE: envVar(
    z.string().optional(),
    'File that holds `OTEL_EXPORTER_OTLP_HEADERS`, read at start.',
  ),
};

/**
 * Opens the traces of a process by its environment; undefined without an endpoint, and then
 * nothing of OpenTelemetry is loaded.
 */
export async function openConfiguredTraces(
  env: {
    OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
    OTEL_EXPORTER_OTLP_HEADERS?: string | undefined;
  },
  process: { serviceName: string; version: string; log: Logger },
): Promise<Traces | undefined> {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return undefined;
  const headers = parseHeaderList(env.OTEL_EXPORTER_OTLP_HEADERS);
  return openTraces({ endpoint, headers, ...process });
}

/** Parses the pairs of OTEL_EXPORTER_OTLP_HEADERS. */
export function parseHeaderList(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}
