import type { AnswerOf } from '@rat/contracts';
import { useEffect, useRef, useState } from 'react';
import { rat } from '../../client.ts';
import { toContent, type Files } from './pipeline-files.ts';
import type { Place, TaggedPipeline } from './pipeline-place.ts';
import type { PreviewInputs } from './preview-inputs.ts';

const ROWS = 100;

/** The newest preview that was requested. */
export type PreviewState =
  | { kind: 'none' }
  | { kind: 'running' }
  | { kind: 'done'; answer: AnswerOf<'previewPipeline'> }
  | { kind: 'failed'; error: unknown };

export interface Preview {
  state: PreviewState;
  /** Requests a preview of these files; a preview that still runs is ended. */
  ask: (files: Files, inputs: PreviewInputs) => void;
  stop: () => void;
}

/** Runs files that are not stored and shows their first rows. A newer preview, and a person who leaves, ends the older one. */
export function usePreview(place: Place, pipeline: TaggedPipeline['pipeline']): Preview {
  const [state, setState] = useState<PreviewState>({ kind: 'none' });
  const current = useRef<AbortController>(undefined);
  useEffect(() => () => current.current?.abort(), []);
  const ask = async (files: Files, inputs: PreviewInputs): Promise<void> => {
    current.current?.abort();
    const control = new AbortController();
    current.current = control;
    setState({ kind: 'running' });
    try {
      const answer = await rat.pipelines.preview(
        { ref: place, files: toContent(files, pipeline), limit: ROWS, ...inputs },
        { signal: control.signal, retries: 0 },
      );
      setState({ kind: 'done', answer });
    } catch (error) {
      if (!control.signal.aborted) setState({ kind: 'failed', error });
    }
  };
  return {
    state,
    ask: (files, inputs) => void ask(files, inputs),
    stop: () => {
      current.current?.abort();
      setState({ kind: 'none' });
    },
  };
}
