import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { Skeleton } from '../../parts/skeleton.tsx';
import { Time } from '../../time.tsx';
import { filesOf } from './pipeline-files.ts';
import type { TaggedPipeline } from './pipeline-place.ts';
import styles from './save-conflict.module.css';
import type { EditedFiles } from './use-edited-files.ts';

const CompareTexts = lazy(async () => ({
  default: (await import('../../parts/compare-texts.tsx')).CompareTexts,
}));

/** Both sides of a text that a newer version has overtaken, and the choice between them. Nothing is lost until a person chooses. */
export function SaveConflict({
  title,
  yours,
  current,
  onDecide,
}: {
  title: string;
  yours: EditedFiles;
  current: TaggedPipeline;
  onDecide: (choice: 'mine' | 'theirs') => void;
}): ReactNode {
  const { version, version_author: author, published_at: at } = current.pipeline;
  const theirs = useMemo(() => filesOf(current.pipeline), [current]);
  const paths = [...new Set([...Object.keys(yours.files), ...Object.keys(theirs)])].filter(
    (path) => yours.files[path] !== theirs[path],
  );
  return (
    <section role="alert" className={styles.conflict} aria-label="conflict">
      <h2>{title}</h2>
      <p>
        {author ?? 'Somebody'} published it{at !== null && <Time at={at} />}. Your text is kept
        until you choose.
      </p>
      {paths.map((path) => (
        <Both key={path} path={path} left={theirs[path] ?? ''} right={yours.files[path] ?? ''} />
      ))}
      <p className={styles.choice}>
        <button type="button" onClick={() => onDecide('mine')}>
          Keep my text as a change of v{version}
        </button>
        <button type="button" onClick={() => onDecide('theirs')}>
          Drop my text, take v{version}
        </button>
      </p>
    </section>
  );
}

function Both({ path, left, right }: { path: string; left: string; right: string }): ReactNode {
  const sides = useMemo(
    () => ({
      theirs: { label: `${path} as it is stored`, text: left },
      yours: { label: `${path} as you wrote it`, text: right },
    }),
    [path, left, right],
  );
  return (
    <div>
      <h3 className={styles.path}>{path}: stored at the left, yours at the right</h3>
      <Suspense fallback={<Skeleton rows={6} />}>
        <CompareTexts left={sides.theirs} right={sides.yours} />
      </Suspense>
    </div>
  );
}
