import { PreconditionError, RatError } from '@rat/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { queries, rat } from '../../client.ts';
import { areSame, filesOf, toContent, type Files } from './pipeline-files.ts';
import { keyOf, readPipeline, type Place, type TaggedPipeline } from './pipeline-place.ts';
import type { EditedFiles } from './use-edited-files.ts';

/** What a save requests. A key requests a run of what was saved. */
interface SaveRequest {
  files: Files;
  etag: string;
  runKey: string | undefined;
}

export interface Save {
  isPending: boolean;
  /** Why nothing was saved; a conflict is not among it. */
  error: unknown;
  /** What the pipeline is now, when another person has changed it. */
  conflict: TaggedPipeline | undefined;
  /** The run of the newest save that requested one. */
  runId: string | undefined;
  /** The version that the newest save made. */
  saved: number | undefined;
  save: (request: SaveRequest) => void;
  /** The person has decided about the conflict. */
  settle: () => void;
}

/** Saves the files on the screen as a new version, only of the state that they began from, and runs it on request. */
export function useSave(place: Place, tagged: TaggedPipeline, edited: EditedFiles): Save {
  const [conflict, setConflict] = useState<TaggedPipeline>();
  const mutation = useMutation({
    mutationFn: async ({ files, etag, runKey }: SaveRequest) => {
      const isChanged = !areSame(files, filesOf(tagged.pipeline));
      const next = isChanged ? await put(place, { files, etag, tagged }) : tagged;
      edited.settle(next, files);
      queries.setQueryData([...keyOf(place), 'content'], next);
      const { namespace, layer, name } = place;
      const run =
        runKey === undefined
          ? undefined
          : await rat.runs.create({ namespace, layer, pipeline: name }, { idempotencyKey: runKey });
      return { version: next.pipeline.version, runId: run?.run_id };
    },
    onError: async (error) => {
      if (error instanceof PreconditionError) setConflict(await readPipeline(place));
    },
  });
  const { error } = mutation;
  return {
    isPending: mutation.isPending,
    error: error instanceof PreconditionError ? undefined : (error ?? undefined),
    conflict,
    runId: mutation.data?.runId,
    saved: mutation.data?.version,
    save: (request) => {
      if (!mutation.isPending) mutation.mutate(request);
    },
    settle: () => {
      setConflict(undefined);
      mutation.reset();
    },
  };
}

async function put(
  place: Place,
  { files, etag, tagged }: { files: Files; etag: string; tagged: TaggedPipeline },
): Promise<TaggedPipeline> {
  // The type of the checks is wider: the API refuses a wrong setting with its place.
  const body = toContent(files, tagged.pipeline) as never;
  const response = await rat.pipelines.put.response(place, body, {
    headers: { 'if-match': etag },
  });
  return {
    // The answer to a PUT is the pipeline as it now is, and more.
    pipeline: (await response.json()) as TaggedPipeline['pipeline'],
    etag: response.headers.get('etag') ?? '',
  };
}

/** The mistakes for which a save was refused. */
export function issuesOf(error: unknown): RatError['issues'] {
  return error instanceof RatError ? error.issues : [];
}
