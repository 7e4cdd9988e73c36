import type {
  ARCHIVED_LOG_METHOD,
  ArchivedLogRequest,
  RowsMethod,
  RunnerRequest,
} from '@rat/contracts';
import { ANSWER_TIMEOUT_MS, postRequest } from './post-request.ts';
import { withRunner, type RunnerCall, type RunnerDeps } from './with-runner.ts';

/** The requests whose responses are streamed. */
export type StreamRequests = {
  [V in RowsMethod]: RunnerRequest<V>;
} & { [ARCHIVED_LOG_METHOD]: ArchivedLogRequest };

/** A response whose headers have arrived. */
export interface AnswerStream {
  headers: Headers;
  /** The length in bytes, when the runner sends it. */
  bytes: number | undefined;
  /**
   * The content, read at the consumer's pace. Throws when the runner disconnects before the end.
   */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Sends a request to a live runner and resolves when the response begins. It neither parses nor
 * buffers the content. Throws like `withRunner`. The signal also aborts the content.
 *
 * @example
 * const { body } = await stream(deps, 'query', { sql, namespace }, { signal: clientGone(res) });
 * for await (const chunk of body) res.write(chunk);
 */
export function stream<V extends keyof StreamRequests>(
  deps: RunnerDeps,
  method: V,
  request: StreamRequests[V],
  { signal, purpose = 'answer' }: Pick<RunnerCall, 'signal' | 'purpose'>,
): Promise<AnswerStream> {
  return withRunner<AnswerStream>(
    deps,
    async (endpoint) => {
      // The time limit covers only the start: the client sets the pace of the rest.
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), ANSWER_TIMEOUT_MS);
      let response: Response;
      try {
        const ends = AbortSignal.any([signal, late.signal]);
        response = await postRequest(endpoint, method, request, ends);
      } finally {
        clearTimeout(timer);
      }
      const { ok, status, body, headers } = response;
      if (!ok || body === null) return { kind: 'refused', status, body: await response.text() };
      const length = headers.get('content-length');
      return {
        kind: 'taken',
        value: { headers, bytes: length === null ? undefined : Number(length), body },
      };
    },
    { signal, purpose },
  );
}
