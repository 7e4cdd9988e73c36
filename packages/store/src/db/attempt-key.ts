/** One attempt of one run. Every write of a runner repeats it as its fence. */
export interface AttemptKey {
  runId: string;
  attempt: number;
}
