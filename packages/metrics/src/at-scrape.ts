import type { Counter, Gauge } from 'prom-client';

/**
 * Makes an instrument read its value at each scrape. prom-client calls the property `collect` of an
 * instrument for this.
 */
export function atScrape<I extends Counter | Gauge>(
  instrument: I,
  read: (instrument: I) => void,
): void {
  Object.assign(instrument, { collect: () => read(instrument) });
}
