import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { countOf } from '../../parts/numbers.ts';
import { formatDuration } from '../../time.tsx';
import { runKey, type RunFacts } from './run-facts.ts';
import { excerptOf } from './source-excerpt.ts';
import { SourceLines } from './source-lines.tsx';
import styles from './sql-tab.module.css';

const COMPILED = 'as executed';
const MAX_LINES = 10_000;

/** The SQL of a run, as its author wrote it and as it was executed. */
export function SqlTab({ run }: { run: RunFacts }): ReactNode {
  const [chosen, setChosen] = useState<string>();
  const sql = useQuery({
    queryKey: runKey(run.id, 'sql'),
    queryFn: ({ signal }) => rat.runs.sql(run.id, { signal }),
  });
  const { failure } = run;
  return (
    <Answer of={sql} rows={12}>
      {({ source, compiled, statements, truncated }) => {
        const files = Object.keys(source);
        const names = compiled === null ? files : [...files, COMPILED];
        const open = chosen ?? failure?.file ?? 'pipeline.sql';
        const text = (open === COMPILED ? compiled : source[open]) ?? '';
        const line = open === failure?.file ? failure.source_line : undefined;
        const at = line === undefined ? undefined : { line, column: failure?.source_column };
        return (
          <section aria-label="SQL" className={styles.tab}>
            <div className={styles.files}>
              {names.map((name) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={name === open}
                  onClick={() => setChosen(name)}
                >
                  {name}
                </button>
              ))}
            </div>
            <SourceLines
              lines={excerptOf(text, { line: 1, around: MAX_LINES })}
              at={at}
              label={open}
            />
            {truncated && <p>The executed SQL was too long to keep whole.</p>}
            {statements.length > 0 && (
              <ol className={styles.statements} aria-label="statements">
                {statements.map(({ text: statement, line: start, rows, duration_ms }) => (
                  <li key={start}>
                    <span className={styles.figures}>
                      line {start}
                      {duration_ms === undefined
                        ? ' · did not end'
                        : ` · ${formatDuration(duration_ms)}`}
                      {rows === undefined ? '' : ` · ${countOf(rows, 'row')}`}
                    </span>
                    <code className={styles.statement}>{statement.replaceAll(/\s+/g, ' ')}</code>
                  </li>
                ))}
              </ol>
            )}
          </section>
        );
      }}
    </Answer>
  );
}
