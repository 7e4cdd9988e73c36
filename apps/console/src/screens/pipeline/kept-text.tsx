import type { ReactNode } from 'react';
import { Time } from '../../time.tsx';
import styles from './kept-text.module.css';
import type { TaggedPipeline } from './pipeline-place.ts';
import type { EditedFiles } from './use-edited-files.ts';

/** Says that the text on the screen is not the stored one: it was kept from an earlier visit, or a newer version exists. */
export function KeptText({
  edited,
  current,
  onCompare,
}: {
  edited: EditedFiles;
  current: TaggedPipeline;
  /** Shows both; undefined while the text began from the newest version. */
  onCompare: (() => void) | undefined;
}): ReactNode {
  const { kept } = edited;
  const { version, version_author: author, published_at: at } = current.pipeline;
  return (
    <section aria-label="text that is not saved" className={styles.kept}>
      {kept !== undefined && (
        <p>
          This is your text, not the stored one: this browser has kept it
          {kept.changedAt !== undefined && (
            <>
              {' '}
              since <Time at={kept.changedAt} />
            </>
          )}
          , and it is not saved.
        </p>
      )}
      {onCompare !== undefined && (
        <p>
          It began from v{edited.version}. {author ?? 'Somebody'} has published v{version} since
          then
          {at !== null && (
            <>
              {' '}
              (<Time at={at} />)
            </>
          )}
          .{' '}
          <button type="button" onClick={onCompare}>
            Compare both
          </button>
        </p>
      )}
    </section>
  );
}
