import { useState } from 'react';
import { afterSave, type EditState } from './after-save.ts';
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
  /** What this browser had kept when the page was opened, until it is saved, dropped or based on another version. */
  kept: Unsaved | undefined;
  /** Changes with each replacement of the texts from outside, so editors read them again. */
  generation: number;
  write: (path: string, text: string) => void;
  remove: (path: string) => void;
  /** Forgets the changes: the files are those of `tagged`. */
  reset: (tagged: TaggedPipeline) => void;
  /** The texts now count as changes of `tagged`. */
  rebase: (tagged: TaggedPipeline) => void;
  /** Takes in that `sent` was stored as `tagged`; see `after-save.ts`. */
  settle: (tagged: TaggedPipeline, sent: Files) => void;
}

/** The texts of a pipeline while a person edits them; they survive a reload of the page. */
export function useEditedFiles(place: Place, tagged: TaggedPipeline): EditedFiles {
  const address = printPlace(place);
  const [state, setState] = useState((): EditState => {
    const kept = readUnsaved(address);
    return { unsaved: kept, kept, base: tagged, generation: 0 };
  });
  const { unsaved, kept, base, generation } = state;
  // An unchanged text follows a newer version. A save may know one that the cache has not read yet.
  if (unsaved === undefined && tagged.pipeline.version > base.pipeline.version)
    setState({ unsaved, kept, base: tagged, generation: generation + 1 });
  const edit = (next: Files): void => {
    const isBack = version === base.pipeline.version && areSame(next, filesOf(base.pipeline));
    const changedAt = new Date().toISOString();
    const changed = isBack ? undefined : { version, etag, files: next, changedAt };
    keepUnsaved(address, changed);
    setState({ unsaved: changed, kept: isBack ? undefined : kept, base, generation });
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
    kept,
    write: (path, text) => edit({ ...files, [path]: text }),
    remove: (path) => {
      const { [path]: _, ...others } = files;
      edit(others);
    },
    reset: (from) => {
      keepUnsaved(address, undefined);
      setState({ unsaved: undefined, kept: undefined, base: from, generation: generation + 1 });
    },
    rebase: (from) => {
      const { version: newest } = from.pipeline;
      const moved = { ...unsaved, version: newest, etag: from.etag, files };
      keepUnsaved(address, moved);
      setState({ unsaved: moved, kept: undefined, base: from, generation });
    },
    settle: (stored, sent) =>
      setState((now) => {
        const settled = afterSave(now, stored, sent);
        // React may call this twice, which keeps the same.
        keepUnsaved(address, settled.unsaved);
        return settled;
      }),
  };
}
