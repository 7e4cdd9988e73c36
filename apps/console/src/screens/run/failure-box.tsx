import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { printLines } from '../../url/run-url.ts';
import type { RunLogState } from './log/run-log.ts';
import { excerptOf, withoutExcerpt } from './source-excerpt.ts';
import { runKey, type RunFacts } from './run-facts.ts';
import { SourceLines } from './source-lines.tsx';
import styles from './boxes.module.css';

/** Lines of the author's file above and below the place. */
const AROUND = 3;

/** Why a run failed, and where in the author's file. */
export function FailureBox({ run, log }: { run: RunFacts; log: RunLogState }): ReactNode {
  const { failure } = run;
  const file = failure?.file;
  const line = failure?.source_line;
  const hasPlace = file !== undefined && line !== undefined;
  const sql = useQuery({
    queryKey: runKey(run.id, 'sql'),
    queryFn: ({ signal }) => rat.runs.sql(run.id, { signal }),
    enabled: hasPlace,
  });
  const source = file === undefined ? undefined : sql.data?.source[file];
  const message = run.error ?? 'The run failed without a message.';
  const at = line === undefined ? undefined : { line, column: failure?.source_column };
  return (
    <section aria-label="why it failed" className={`${styles.box} ${styles.failed}`}>
      <p className={styles.message}>{hasPlace ? withoutExcerpt(message) : message}</p>
      {hasPlace && source !== undefined && (
        <SourceLines
          lines={excerptOf(source, { line, around: AROUND })}
          at={at}
          label={`the place in ${file}`}
        />
      )}
      <p className={styles.facts}>
        {hasPlace && (
          <code>
            {file}:{line}
            {failure?.source_column === undefined ? '' : `:${failure.source_column}`}
          </code>
        )}
        {failure !== null && <span>{failure.code}</span>}
        {failure?.phase !== undefined && <span>in {failure.phase}</span>}
        {hasPlace && (
          <Link
            to="/p/$namespace/$layer/$name"
            params={{ namespace: run.namespace, layer: run.layer, name: run.pipeline }}
            search={{ tab: 'code', file, line, column: failure?.source_column }}
          >
            Open in the editor
          </Link>
        )}
        {hasPlace && (
          <Link to="/runs/$runId" params={{ runId: run.id }} search={{ tab: 'sql' }}>
            Whole SQL
          </Link>
        )}
        {log.firstError !== undefined && (
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            search={(before) => ({ ...before, tab: 'log' as const })}
            hash={printLines({ from: log.firstError.number, to: log.firstError.number })}
            state={() => ({ seek: Date.now() })}
            resetScroll={false}
          >
            Log line {log.firstError.number}
          </Link>
        )}
      </p>
    </section>
  );
}
