import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import type { EditorHandle } from '../../parts/code-editor.tsx';
import { Problem } from '../../parts/problem.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { Elapsed } from '../../time.tsx';
import { parseQueryUrl } from '../../url/query-url.ts';
import { HistoryChoice } from './history-choice.tsx';
import { QueryResult } from './query-result.tsx';
import styles from './query-screen.module.css';
import { placeOfMistake } from './mistake-place.ts';
import { dropDraft, keepDraft, readDraft } from './query-draft.ts';
import { SqlMistake } from './sql-mistake.tsx';
import { SqlText } from './sql-text.tsx';
import { TableTree } from './table-tree.tsx';
import { useAsk } from './use-ask.ts';

const NO_TABLES = 'SELECT 1 AS one';

/** Asks the tables in SQL. */
export function QueryScreen(): ReactNode {
  const url = parseQueryUrl(useSearch({ strict: false }));
  const namespace = useNamespace() ?? 'default';
  const navigate = useNavigate();
  const [sql, setSql] = useState(() => readDraft(url.sql) ?? url.sql ?? NO_TABLES);
  const [generation, setGeneration] = useState(0);
  const editor = useRef<EditorHandle>(null);
  const ask = useAsk(namespace);
  const write = (text: string): void => {
    keepDraft(url.sql, text);
    setSql(text);
  };
  const run = (text: string): void => {
    if (text.trim() === '') return;
    void navigate({ to: '.', search: (before) => ({ ...before, sql: text }), replace: true });
    dropDraft();
    ask.start(text);
  };
  const { asked, error } = ask;
  const mistake = useMemo(() => {
    const place = placeOfMistake(error);
    return place === undefined ? undefined : { sql: asked, place };
  }, [asked, error]);
  return (
    <>
      <ScreenHead title="Query">
        <HistoryChoice
          onChoose={(text) => {
            write(text);
            setGeneration(generation + 1);
          }}
          after={ask.answer}
        />
      </ScreenHead>
      <div className={styles.screen}>
        <TableTree namespace={namespace} onInsert={(text) => editor.current?.insert(text)} />
        <div className={styles.work}>
          <SqlText
            ref={editor}
            sql={sql}
            generation={generation}
            namespace={namespace}
            mistake={mistake}
            onChange={write}
            onRun={run}
            onCancel={() => {
              ask.cancel();
              return ask.isRunning;
            }}
          />
          <div className={styles.acts}>
            <button
              type="button"
              className={styles.run}
              disabled={ask.isRunning}
              onClick={() => run(sql)}
            >
              Run <kbd>Ctrl-Enter</kbd>
            </button>
            <button type="button" disabled={!ask.isRunning} onClick={ask.cancel}>
              Cancel <kbd>Esc</kbd>
            </button>
            <output className={styles.state}>
              {ask.startedAt !== undefined && ask.isRunning && (
                <>
                  ▶ running <Elapsed since={ask.startedAt} />
                </>
              )}
              {ask.isCancelled && '⊘ cancelled'}
            </output>
          </div>
          {ask.error !== undefined &&
            (mistake === undefined ? (
              <Problem title="The query has no answer" error={ask.error} />
            ) : (
              <SqlMistake sql={mistake.sql} place={mistake.place} />
            ))}
          {ask.answer !== undefined && (
            <QueryResult answer={ask.answer} sql={ask.asked} namespace={namespace} />
          )}
        </div>
      </div>
    </>
  );
}
