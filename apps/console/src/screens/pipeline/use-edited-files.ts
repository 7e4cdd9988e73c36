import { useState } from 'react';
import { areSame, filesOf, type Files } from './pipeline-files.ts';
import { printPlace, type Place, type TaggedPipeline } from './pipeline-place.ts';
import { keepUnsaved, readUnsaved, type Unsaved } from './unsaved-files.ts';

/** The files as they are on the screen. */
export interface EditedFiles {
  files: Files;
  /** The version that the texts began from, and its tag. */
  version: number;
  etag: string;
  isChanged: boolean;
  /** Changes with each replacement of the texts from outside, so editors read them again. */
  generation: number;
  write: (path: string, text: string) => void;
  /** Forgets the changes: the files are those of `tagged`. */
  reset: (tagged: TaggedPipeline) => void;
  /** The texts now count as changes of `tagged`. */
  rebase: (tagged: TaggedPipeline) => void;
}

/** The texts of a pipeline while a person edits them; they survive a reload of the page. */
export function useEditedFiles(place: Place, tagged: TaggedPipeline): EditedFiles {
  const address = printPlace(place);
  const [state, setState] = useState(() => ({
    unsaved: readUnsaved(address),
    base: tagged,
    generation: 0,
  }));
  const { unsaved, base, generation } = state;
  const change = (next: Unsaved | undefined, from: TaggedPipeline, isReplaced: boolean): void => {
    keepUnsaved(address, next);
    setState({ unsaved: next, base: from, generation: generation + (isReplaced ? 1 : 0) });
  };
  const files = unsaved?.files ?? filesOf(base.pipeline);
  const version = unsaved?.version ?? base.pipeline.version;
  const etag = unsaved?.etag ?? base.etag;
  return {
    files,
    version,
    etag,
    isChanged: unsaved !== undefined,
    generation,
    write: (path, text) => {
      const next = { ...files, [path]: text };
      const isBack = version === base.pipeline.version && areSame(next, filesOf(base.pipeline));
      change(isBack ? undefined : { version, etag, files: next }, base, false);
    },
    reset: (from) => change(undefined, from, true),
    rebase: (from) =>
      change({ version: from.pipeline.version, etag: from.etag, files }, from, false),
  };
}
