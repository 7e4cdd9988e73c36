import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PipelinesUrl } from '../../url/pipelines-url.ts';
import styles from './page-step.module.css';
import { PAGE_SIZE } from './use-pipelines.ts';

/** Which part of all pipelines is shown, and the way to the others. Absent when all are shown. */
export function PageStep({
  url,
  shown,
  total,
}: {
  url: PipelinesUrl;
  shown: number;
  total: number;
}): ReactNode {
  const { offset = 0 } = url;
  if (shown === total) return null;
  const before = Math.max(0, offset - PAGE_SIZE);
  return (
    <nav aria-label="pages" className={styles.step}>
      {offset > 0 && (
        <Link to="/pipelines" search={{ ...url, offset: before === 0 ? undefined : before }}>
          ← Earlier
        </Link>
      )}
      <span>
        {offset + 1}–{offset + shown} of {total}
      </span>
      {offset + shown < total && (
        <Link to="/pipelines" search={{ ...url, offset: offset + PAGE_SIZE }}>
          Further →
        </Link>
      )}
    </nav>
  );
}
