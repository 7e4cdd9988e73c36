import type { Failure } from '@rat/domain';
import type { ChildEnd } from '../child-process/explain-end.ts';

const CRASHED = 'the process that executed the run ended unexpectedly';

/** The failure of a run whose process ended under it. */
export function crashFailure(end: ChildEnd): Failure {
  switch (end.kind) {
    case 'out_of_memory':
      return {
        code: 'out_of_memory',
        message: 'the run needs more memory than it may use: its process was stopped',
      };
    case 'killed': {
      // By an operator, or by the kernel for lack of memory: it may not happen again, so the run is tried once more.
      const hint =
        end.signal === 'SIGKILL' ? ': killed from outside, most likely for lack of memory' : '';
      return { code: 'internal', message: `${CRASHED}${named(end.signal)}${hint}` };
    }
    case 'crashed':
      // Once may be an accident. The settlement makes a second crash of the same run the author's.
      return {
        code: 'internal',
        message: `${CRASHED}${named(end.signal)}`,
        crash: end.signal,
      };
  }
}

function named(signal: string | undefined): string {
  return signal === undefined ? '' : ` (${signal})`;
}
