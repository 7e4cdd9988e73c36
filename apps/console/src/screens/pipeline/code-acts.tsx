import type { MouseEvent, ReactNode } from 'react';
import styles from './code-acts.module.css';
import type { TaggedPipeline } from './pipeline-place.ts';
import { StartedRun } from './started-run.tsx';
import type { EditedFiles } from './use-edited-files.ts';
import type { Save } from './use-save.ts';

/** What can be done with the texts on the screen. */
export function CodeActs({
  edited,
  current,
  save,
  isPreviewing,
  onPreview,
  onStop,
  onSave,
  onRun,
}: {
  edited: EditedFiles;
  current: TaggedPipeline;
  save: Save;
  isPreviewing: boolean;
  onPreview: () => void;
  onStop: () => void;
  onSave: () => void;
  onRun: () => void;
}): ReactNode {
  const { isChanged } = edited;
  const press =
    (act: () => void) =>
    ({ detail }: MouseEvent): void => {
      // The second click of a double click is no press.
      if (detail <= 1) act();
    };
  return (
    <div className={styles.acts}>
      <button type="button" title="Ctrl-Enter" onClick={isPreviewing ? onStop : onPreview}>
        {isPreviewing ? 'Stop preview' : 'Preview'}
      </button>
      <button
        type="button"
        title="Ctrl-S"
        disabled={!isChanged || save.isPending}
        onClick={press(onSave)}
      >
        Save
      </button>
      <button
        type="button"
        className={styles.run}
        aria-disabled={save.isPending}
        onClick={press(onRun)}
      >
        {isChanged ? 'Save and run' : 'Run'}
      </button>
      <button
        type="button"
        disabled={!isChanged || save.isPending}
        onClick={() => edited.reset(current)}
      >
        Undo all changes
      </button>
      <output className={styles.state}>
        {isChanged ? `unsaved, from v${edited.version}` : `v${current.pipeline.version}, saved`}
        {save.runId !== undefined && <StartedRun key={save.runId} id={save.runId} />}
      </output>
    </div>
  );
}
