import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countOf } from '../../parts/numbers.ts';
import { RowsTable } from '../../parts/rows-table.tsx';
import { formatDuration } from '../../time.tsx';
import type { RunUrl } from '../../url/run-url.ts';
import { FailingRows } from './failing-rows.tsx';
import styles from './quality-tab.module.css';
import { runKey, type RunFacts } from './run-facts.ts';
import { TEST_GLYPHS } from './test-glyphs.ts';
import { TestHistory } from './test-history.tsx';

type Result = AnswerOf<'getRunQuality'>['results'][number];

/** A failed test stands above one that passed. */
const ORDER: readonly Result['status'][] = ['failed', 'error', 'warned', 'passed'];

/** The quality tests of a run, those that found something first. */
export function QualityTab({ run, url }: { run: RunFacts; url: RunUrl }): ReactNode {
  const quality = useQuery({
    queryKey: runKey(run.id, 'quality'),
    queryFn: ({ signal }) => rat.runs.quality(run.id, { signal }),
  });
  return (
    <Answer of={quality} rows={4}>
      {({ results }) =>
        results.length === 0 ? (
          <Empty title="This run has no results of quality tests">
            <p>
              Tests run once the rows are written. They are files in <code>tests/quality</code> of a
              pipeline, or <code>tests:</code> in its <code>config.yaml</code>.
            </p>
          </Empty>
        ) : (
          <ul className={styles.results} aria-label="quality tests">
            {results
              .toSorted((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status))
              .map((result) => (
                <li key={result.name}>
                  <ResultBox run={run} result={result} isOpen={url.test === result.name} />
                </li>
              ))}
          </ul>
        )
      }
    </Answer>
  );
}

interface ResultBoxProps {
  run: RunFacts;
  result: Result;
  /** Whether all rows are shown that the test found. */
  isOpen: boolean;
}

function ResultBox({ run, result, isOpen }: ResultBoxProps): ReactNode {
  const { name, status, severity, violations, sample, description, remediation, message } = result;
  const hasRows = run.quarantine !== null && (violations ?? 0) > 0;
  const columns = sample.columns.map((column) => ({ name: column }));
  return (
    <section aria-label={name} className={`${styles.result} ${styles[status]}`}>
      <p className={styles.line}>
        <span className={styles.status}>
          {TEST_GLYPHS[status]} {status}
        </span>
        <strong>{name}</strong>
        {violations !== null && violations > 0 && (
          <span className={styles.status}>{countOf(violations, 'violation')}</span>
        )}
        <span className={styles.quiet}>
          {severity} · {formatDuration(result.duration_ms)}
        </span>
        <TestHistory run={run} test={name} />
      </p>
      {description !== null && description !== '' && <p>{description}</p>}
      {message !== null && <p className={styles.message}>{message}</p>}
      {remediation !== null && remediation !== '' && (
        <p>
          <span className={styles.quiet}>What to do:</span> {remediation}
        </p>
      )}
      {isOpen && hasRows ? (
        <FailingRows run={run} test={name} violations={violations ?? 0} />
      ) : (
        <>
          {sample.rows.length > 0 && (
            <RowsTable columns={columns} rows={sample.rows} label={`first rows of ${name}`} />
          )}
          {hasRows && (
            <Link
              to="/runs/$runId"
              params={{ runId: run.id }}
              search={{ tab: 'quality', test: name }}
              replace
              resetScroll={false}
            >
              Show all {countOf(violations ?? 0, 'row')}
            </Link>
          )}
        </>
      )}
    </section>
  );
}
