/**
 * Breaks a real installation on purpose while clients continue, and compares the results with
 * computed ones.
 *
 * Promises: a seed chooses the same scenarios, victims and pauses again; each run, table and stream
 * is checked after each scenario, and each firing at the end; every process that a play started is stopped at its end.
 * Refuses to know: the product's decisions. It reads rows and files, past the services.
 * Fails: with a list of violations in the report. It throws for an unknown scenario, and when the
 * installation does not start.
 *
 * @example
 * const wishes = { backend: 'redis', seed: '7', minutes: 10, only: [], signal, tell: console.log };
 * const report = await runChaos(wishes);
 * const shortfalls = findShortfalls(report, { runs: 500, scenarios: 15 });
 */
export { findShortfalls } from './find-shortfalls.ts';
export { playUpgrade, type UpgradeOptions, type UpgradeReport } from './play-upgrade.ts';
export { runChaos, type ChaosOptions, type ChaosReport } from './run-chaos.ts';
