import type { LandingChildMessage, LandingParentMessage } from '@rat/contracts';
import { landingParentMessage } from '@rat/contracts/children';
import { StatementError } from '@rat/engine';
import { checkFile, inspectFile } from '@rat/engine-duckdb';
import { sendToParent, startChild } from '../child-process/child-bootstrap.ts';
import { planMemory } from '../child-process/memory-limits.ts';

/*
 * The process that reads one delivered file and ends: a file from outside may be made to break its
 * reader. It starts without the runner's environment, and the parent kills it when it takes too
 * long.
 */

async function read(command: LandingParentMessage): Promise<void> {
  const limits = { ...command, memoryLimitMb: planMemory(command).engineMb };
  let answer: LandingChildMessage;
  try {
    answer =
      command.type === 'inspect'
        ? { type: 'inspected', ...(await inspectFile(command, { ...command, ...limits })) }
        : { type: 'checked', problems: await checkFile(command, command.expected, limits) };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    answer = { type: 'failed', failure: error.failure };
  }
  sendToParent(answer);
}

startChild({
  parse: (raw) => landingParentMessage.parse(raw),
  onMessage: read,
  // A machine short of memory must lose the look into a file before it loses a query or a run.
  oomScoreAdj: 800,
  defectSignal: 'SIGKILL',
});
