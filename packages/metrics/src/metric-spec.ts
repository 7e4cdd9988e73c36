/** One metric as data: the instruments and the page of the documentation are made from it. */
export interface MetricSpec {
  type: 'counter' | 'gauge' | 'histogram';
  /** The unit ends the name of the metric, so the text needs none. */
  help: string;
  /** Every label has few values: no name of a pipeline, no path, no id. */
  labels: readonly string[];
  /** Upper bounds of the buckets of a histogram. */
  buckets?: readonly number[];
}

/** Metrics by name. */
export type MetricSpecs = Readonly<Record<string, MetricSpec>>;
