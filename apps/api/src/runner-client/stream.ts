import type { ARCHIVED_LOG_METHOD, ArchivedLogQuestion, RunnerRequest } from '@rat/contracts';
import { ANSWER_TIMEOUT_MS, postQuestion } from './post-question.ts';
import { withRunner, type RunnerCall, type RunnerDeps } from './with-runner.ts';

/** The verbs whose answers are read piece by piece, each with its question. */
interface StreamQuestions {
  query: RunnerRequest<'query'>;
  [ARCHIVED_LOG_METHOD]: ArchivedLogQuestion;
}

/** An answer that has begun. */
export interface AnswerStream {
  /** Its length where the runner knows it. */
  bytes: number | undefined;
  /** Its pieces, read no faster than they are taken. Throws when the runner breaks off before the end. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Sends a question to a live runner and answers when its answer begins. Nothing of the answer is parsed or held here.
 * Throws as `withRunner` does. The signal ends the answer too.
 */
export function stream<V extends keyof StreamQuestions>(
  deps: RunnerDeps,
  verb: V,
  question: StreamQuestions[V],
  { signal, purpose = 'answer' }: Pick<RunnerCall, 'signal' | 'purpose'>,
): Promise<AnswerStream> {
  return withRunner<AnswerStream>(
    deps,
    async (endpoint) => {
      // Only the beginning has a time limit: the rest is read at the client's pace.
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), ANSWER_TIMEOUT_MS);
      let response: Response;
      try {
        const ends = AbortSignal.any([signal, late.signal]);
        response = await postQuestion(endpoint, verb, question, ends);
      } finally {
        clearTimeout(timer);
      }
      const { ok, status, body, headers } = response;
      if (!ok || body === null) return { kind: 'refused', status, body: await response.text() };
      const length = headers.get('content-length');
      return {
        kind: 'taken',
        value: { bytes: length === null ? undefined : Number(length), body },
      };
    },
    { signal, purpose },
  );
}
