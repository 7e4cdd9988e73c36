/** The Iceberg branch that a run writes to; it is kept when the run's quality tests fail. */
export function runBranch(runId: string): string {
  return `run_${runId.replaceAll('-', '')}`;
}
