import type { DoorAnswer, DoorQuestion } from '@rat/contracts';
import { LimitError } from '@rat/domain';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../runner-client/ask-runner.ts';

/**
 * Asks a query of a runner that has a place free; when none has, of the runners in turn, each of which lets it wait a
 * little. Throws as askRunner does.
 */
export async function askQuery(
  deps: Pick<AppDeps, 'db' | 'log'>,
  question: Omit<DoorQuestion<'query'>, 'mayWait'>,
  signal: AbortSignal,
): Promise<DoorAnswer<'query'>> {
  try {
    return await askRunner(deps, 'query', { ...question, mayWait: false }, signal);
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return askRunner(deps, 'query', { ...question, mayWait: true }, signal);
  }
}
