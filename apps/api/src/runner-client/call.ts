import {
  RUNNER_METHODS,
  type RunnerResponse,
  type RunnerRequest,
  type RunnerMethod,
} from '@rat/contracts';
import { ANSWER_TIMEOUT_MS, postQuestion } from './post-question.ts';
import { withRunner, type RunnerDeps } from './with-runner.ts';

/** A quick verb takes milliseconds: a runner that is frozen must not hold up the others. */
const QUICK_TIMEOUT_MS = 20_000;

/** The verbs whose answers are parsed as a whole. The answer to a query may be large: `stream` passes it on. */
type CallMethod = Exclude<RunnerMethod, 'query'>;

/**
 * Sends a question to a live runner and parses the answer. Throws as `withRunner` does. The signal aborts when the client
 * is gone.
 */
export async function call<V extends CallMethod>(
  deps: RunnerDeps,
  verb: V,
  question: RunnerRequest<V>,
  signal: AbortSignal,
): Promise<RunnerResponse<V>> {
  const { quick, repeatable, answer } = RUNNER_METHODS[verb];
  const timeoutMs = quick ? QUICK_TIMEOUT_MS : ANSWER_TIMEOUT_MS;
  const text = await withRunner<string>(
    deps,
    async (endpoint) => {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const response = await postQuestion(endpoint, verb, question, ends);
      const body = await response.text();
      if (response.ok) return { kind: 'taken', value: body };
      return { kind: 'refused', status: response.status, body };
    },
    { signal, repeatable },
  );
  return answer.parse(JSON.parse(text)) as RunnerResponse<V>;
}
