/**
 * Measures the product beside the limit: a bare program that does the least work for the same
 * result, on the same services.
 *
 * Promises: product and baseline alternate, so that other load hits both alike; every figure is a
 * measured value; the goals are decided where the figures are.
 * Refuses to know: what a good figure is for another machine. The report names its machine.
 * Fails: one benchmark at a time. Its error is in the report, and the others are still measured.
 *
 * @example
 * const [ack] = benches;
 * const rows = await ack?.run({ quick: true });
 * const table = toTable([{ name: 'ack', measures: '', against: null, rows }]);
 */
export type { Bench, MeasuredBench } from './bench.ts';
export { benches } from './benches.ts';
export type { Goal, Row } from './measure.ts';
export { toTable, type Report } from './report.ts';
