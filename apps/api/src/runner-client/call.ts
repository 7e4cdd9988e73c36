import {
  RUNNER_METHODS,
  type RowsMethod,
  type RunnerResponse,
  type RunnerRequest,
  type RunnerMethod,
} from '@rat/contracts';
import { ANSWER_TIMEOUT_MS, postRequest } from './post-request.ts';
import { withRunner, type RunnerDeps } from './with-runner.ts';

/**
 * Time limit for a runner's response. These requests take milliseconds, and a hung runner must not
 * delay the next one.
 */
const QUICK_TIMEOUT_MS = 20_000;

/**
 * The requests whose responses are parsed as a whole. The result of a query or a preview may be large, so
 * `stream` passes it on instead.
 */
type CallMethod = Exclude<RunnerMethod, RowsMethod>;

/**
 * Sends a request to a live runner and parses the response. Throws like `withRunner`. The signal
 * aborts when the client is gone.
 *
 * @example
 * const table = parsePipelineParams(req.params);
 * res.json(await call(deps, 'get-table', table, clientGone(res)));
 */
export async function call<V extends CallMethod>(
  deps: RunnerDeps,
  method: V,
  request: RunnerRequest<V>,
  signal: AbortSignal,
): Promise<RunnerResponse<V>> {
  const { quick, repeatable, answer } = RUNNER_METHODS[method];
  const timeoutMs = quick ? QUICK_TIMEOUT_MS : ANSWER_TIMEOUT_MS;
  const text = await withRunner<string>(
    deps,
    async (endpoint) => {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const response = await postRequest(endpoint, method, request, ends);
      const body = await response.text();
      if (response.ok) return { kind: 'taken', value: body };
      return { kind: 'refused', status: response.status, body };
    },
    { signal, repeatable },
  );
  return answer.parse(JSON.parse(text)) as RunnerResponse<V>;
}
