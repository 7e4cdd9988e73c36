import { areSame, filesOf, type Files } from './pipeline-files.ts';
import type { TaggedPipeline } from './pipeline-place.ts';
import type { Unsaved } from './unsaved-files.ts';

/** What a page holds of the texts that a person edits. */
export interface EditState {
  /** The texts, while they differ from those of `base`. */
  unsaved: Unsaved | undefined;
  kept: Unsaved | undefined;
  base: TaggedPipeline;
  generation: number;
}

/**
 * The texts after a save. What was typed while the save was under way stays, as a change of the new version. Editors keep
 * their caret and their history, unless the API stored other texts than were sent.
 */
export function afterSave(now: EditState, tagged: TaggedPipeline, sent: Files): EditState {
  const files = now.unsaved?.files ?? filesOf(now.base.pipeline);
  const settled = { ...now, kept: undefined, base: tagged };
  if (!areSame(files, sent)) {
    const { version } = tagged.pipeline;
    return { ...settled, unsaved: { ...now.unsaved, version, etag: tagged.etag, files } };
  }
  const isAsSent = areSame(filesOf(tagged.pipeline), sent);
  return { ...settled, unsaved: undefined, generation: now.generation + (isAsSent ? 0 : 1) };
}
