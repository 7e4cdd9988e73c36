import type { RunDisposition, RunStatus } from '@rat/domain';
import type { ReactNode } from 'react';
import styles from './status-mark.module.css';

/** What a person calls the state of a run: its status, unless its rows say more. */
export type Mark = RunStatus | 'quarantined';

const GLYPHS: Record<Mark, string> = {
  pending: '◷',
  running: '▶',
  success: '✓',
  failed: '✕',
  cancelled: '⊘',
  quarantined: '◆',
};

export function markOf(run: { status: RunStatus; disposition: RunDisposition | null }): Mark {
  return run.disposition === 'quarantined' ? 'quarantined' : run.status;
}

/** A state by its glyph, its word and its colour. */
export function StatusMark({ mark, isBare = false }: { mark: Mark; isBare?: boolean }): ReactNode {
  return (
    <span className={`${styles.mark} ${styles[mark]}`}>
      <span aria-hidden="true" className={styles.glyph}>
        {GLYPHS[mark]}
      </span>
      <span className={isBare ? styles.hidden : undefined}>{mark}</span>
    </span>
  );
}
