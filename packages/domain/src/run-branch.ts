/** Iceberg's name for the branch that a run writes to, and that stays when its tests fail. */
export function runBranch(runId: string): string {
  return `run_${runId.replaceAll('-', '')}`;
}
