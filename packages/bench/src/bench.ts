import type { Row } from './measure.ts';

/** One benchmark: what it measures, the lower bound beside it, and the measurement. */
export interface Bench {
  name: string;
  measures: string;
  /** The baseline in words; absent when there is none. */
  against?: string;
  /** `quick`: fewer rounds and smaller tables. */
  run: (options: { quick: boolean }) => Promise<Row[]>;
}

/** What the report contains of a benchmark; `error` is the reason why it has no rows. */
export interface MeasuredBench {
  name: string;
  measures: string;
  against: string | null;
  seconds?: number;
  error?: string | undefined;
  rows: Row[];
}
