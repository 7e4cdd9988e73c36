import type { Failure } from '@rat/domain';

const CRASHED = 'the process that executed the run ended unexpectedly';

/**
 * Why a working child died, which nobody here wanted. SIGKILL is the kernel's word to the process it blames for a lack
 * of memory, or an operator's; either may not happen again, so it is ours to try once more.
 */
export function crashFailure(signal: NodeJS.Signals | null): Failure {
  const hint = signal === 'SIGKILL' ? ': killed from outside, most likely for lack of memory' : '';
  return { code: 'internal', message: `${CRASHED}${signal ? ` (${signal})` : ''}${hint}` };
}
