import type { QualityStatus } from '@rat/domain';
import type { ReactNode } from 'react';
import styles from './test-mark.module.css';

const GLYPHS: Record<QualityStatus, string> = {
  passed: '✓',
  failed: '✕',
  warned: '!',
  error: '✕',
};

const WORDS: Record<QualityStatus, string> = {
  passed: 'passed',
  failed: 'failed',
  warned: 'warned',
  error: 'could not run',
};

/** The result of a quality test by its glyph, its word and its colour. */
export function TestMark({ status }: { status: QualityStatus }): ReactNode {
  return (
    <span className={`${styles.mark} ${styles[status]}`}>
      <span aria-hidden="true">{GLYPHS[status]}</span> {WORDS[status]}
    </span>
  );
}
