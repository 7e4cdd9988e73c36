import type { AnswerOf } from '@rat/contracts';
import { useEffect, useState } from 'react';
import { messageOf, rat } from '../../client.ts';
import type { Files } from './pipeline-files.ts';
import { toContent } from './pipeline-files.ts';
import type { Place, TaggedPipeline } from './pipeline-place.ts';

/** How long after the last key the files are checked. */
const TYPING_MS = 400;

/** What is known of the files on the screen. */
export interface Validation {
  answer: AnswerOf<'validatePipeline'> | undefined;
  /** Why there is no newer answer. */
  problem: string | undefined;
  /** Whether the answer is about an older text. */
  isStale: boolean;
}

/** Checks files some time after they last changed. An answer about an older text is dropped. Without a pipeline nothing is checked. */
export function useValidation(
  place: Place,
  files: Files,
  pipeline: TaggedPipeline['pipeline'] | undefined,
): Validation {
  const [state, setState] = useState<Omit<Validation, 'isStale'> & { files: Files | undefined }>({
    answer: undefined,
    problem: undefined,
    files: undefined,
  });
  const { namespace, layer, name } = place;
  const text = JSON.stringify(files);
  useEffect(() => {
    if (pipeline === undefined) return undefined;
    const control = new AbortController();
    const checked = JSON.parse(text) as Files;
    const check = async (): Promise<void> => {
      try {
        const answer = await rat.pipelines.validate(
          { ref: { namespace, layer, name }, files: toContent(checked, pipeline) },
          { signal: control.signal, retries: 0 },
        );
        setState({ answer, problem: undefined, files: checked });
      } catch (error) {
        if (control.signal.aborted) return;
        setState((before) => ({ ...before, problem: messageOf(error), files: checked }));
      }
    };
    const timer = setTimeout(() => void check(), TYPING_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [namespace, layer, name, text, pipeline]);
  const isStale = state.files === undefined || JSON.stringify(state.files) !== text;
  return { answer: state.answer, problem: state.problem, isStale };
}
