import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MetricSpec, MetricSpecs } from './metric-spec.ts';

type InstrumentOf<Spec extends MetricSpec> = Spec['type'] extends 'counter'
  ? Counter<Spec['labels'][number]>
  : Spec['type'] extends 'gauge'
    ? Gauge<Spec['labels'][number]>
    : Histogram<Spec['labels'][number]>;

/** The instrument of each metric, by its name. */
export type Instruments<Specs extends MetricSpecs> = {
  readonly [Name in keyof Specs]: InstrumentOf<Specs[Name]>;
};

/**
 * Creates an instrument for each metric and registers it.
 *
 * @example
 * const { rat_runs } = openInstruments(registry, INSTALLATION_METRICS);
 * rat_runs.set({ status: 'failed', layer: 'gold' }, 2);
 */
export function openInstruments<Specs extends MetricSpecs>(
  registry: Registry,
  specs: Specs,
): Instruments<Specs> {
  const opened = Object.entries(specs).map(([name, spec]) => [name, open(registry, name, spec)]);
  // The cast is safe: `open` follows the type of the same entry.
  return Object.fromEntries(opened) as Instruments<Specs>;
}

function open(registry: Registry, name: string, spec: MetricSpec): Counter | Gauge | Histogram {
  const { type, help, labels: labelNames, buckets } = spec;
  const options = { name, help, labelNames, registers: [registry] };
  switch (type) {
    case 'counter':
      return new Counter(options);
    case 'gauge':
      return new Gauge(options);
    case 'histogram':
      return new Histogram({ ...options, buckets: [...(buckets ?? [])] });
  }
}
