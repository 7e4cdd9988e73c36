import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { hasEnded } from '../../../live/patch-run.ts';
import { countOf } from '../../../parts/numbers.ts';
import { printLines } from '../../../url/run-url.ts';
import type { RunFacts } from '../run-facts.ts';
import styles from './log-facts.module.css';
import type { RunLogState } from './run-log.ts';

/**
 * How many warnings and errors the log of an ended run has, beside all parts of the page, and the way to the first error.
 * While a run works, its answer is older than the stream of its log.
 */
export function LogFacts({ run, log }: { run: RunFacts; log: RunLogState }): ReactNode {
  if (run.log === null || !hasEnded(run.status)) return null;
  const { by_level: levels, first_error_seq: errorSeq } = run.log;
  const counts = [
    levels.error > 0 ? countOf(levels.error, 'error') : '',
    levels.warn > 0 ? countOf(levels.warn, 'warning') : '',
  ].filter((text) => text !== '');
  if (counts.length === 0) return null;
  // The number of a line is known once the stream has come to it.
  const number = errorSeq === null ? 0 : log.lines.findIndex(({ seq }) => seq === errorSeq) + 1;
  return (
    <p className={styles.facts}>
      {counts.join(', ')}
      {number > 0 && (
        <>
          {', '}
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            search={(before) => ({ ...before, tab: 'log' as const })}
            hash={printLines({ from: number, to: number })}
            state={() => ({ seek: Date.now() })}
            resetScroll={false}
          >
            first error: line {number}
          </Link>
        </>
      )}
    </p>
  );
}
