/**
 * The least that `measure` answers in up to `times` goes; the first below `enough` ends them. What is slow is slow every
 * time, and a machine that stood still spoils one.
 */
export async function bestOf(
  { times, enough }: { times: number; enough: number },
  measure: () => Promise<number>,
): Promise<number> {
  let least = Infinity;
  for (let n = 0; n < times && least >= enough; n += 1) least = Math.min(least, await measure());
  return least;
}
