/**
 * Folders of pipelines: what `apply` sends to an API, and what `pull` writes.
 *
 * Promises: a pull never overwrites a file that was changed by hand, unless it is forced.
 * Refuses to know: how pipelines are stored or executed, and what the terminal shows.
 * Fails: with a FolderError, whose message a person can act on; its cause is the error of the API, if that is the reason.
 *
 * @example
 * const { put } = await applyFolder(rat, 'examples/flights');
 */
export { applyFolder, applyPipeline, checkApply } from './apply-folder.ts';
export { checkFolder, checkPipeline, previewFile, previewPipeline } from './check-folder.ts';
export { diffFolder } from './diff-folder.ts';
export { inFile } from './file-of-issue.ts';
export { about, explainApiError, FolderError } from './folder-error.ts';
export { pullFolder } from './pull-folder.ts';
export { findDraft, isSameDraft, readForDrafts, saveDraft } from './save-draft.ts';
export type { FolderPipeline } from './read-files.ts';
export { watchFolder } from './watch-folder.ts';
