import { lazy, Suspense, useMemo, type ReactNode, type Ref } from 'react';
import type { EditorHandle } from '../../parts/code-editor.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import { placeInText, type MistakePlace } from './mistake-place.ts';
import styles from './query-screen.module.css';
import { treeOf, wordsOf } from '../../parts/sql-words.ts';
import { useSchema } from '../../parts/use-schema.ts';

const CodeEditor = lazy(async () => ({
  default: (await import('../../parts/code-editor.tsx')).CodeEditor,
}));

interface SqlTextProps {
  sql: string;
  /** Changes when another text takes the place of the one that is edited. */
  generation: number;
  namespace: string;
  /** The query that was run last, and where it is wrong. */
  mistake: { sql: string; place: MistakePlace } | undefined;
  onChange: (sql: string) => void;
  onRun: (text: string) => void;
  /** Returns false when nothing runs: Escape then has its own meaning in the editor. */
  onCancel: () => boolean;
  ref: Ref<EditorHandle>;
}

/** The text of a query. Ctrl-Enter runs it, Esc cancels; tables and columns are completed. */
export function SqlText(props: SqlTextProps): ReactNode {
  const { sql, generation, namespace, mistake, onChange, onRun, onCancel, ref } = props;
  const tables = useSchema().data?.tables;
  const tree = useMemo(() => treeOf(namespace, tables ?? []), [namespace, tables]);
  const words = useMemo(() => wordsOf(namespace, tables ?? [], sql), [namespace, tables, sql]);
  const issues = useMemo(
    () =>
      mistake === undefined
        ? []
        : [{ ...placeInText(mistake.sql, mistake.place), severity: 'error' as const }],
    [mistake],
  );
  return (
    <div className={styles.sql}>
      <Suspense fallback={<Skeleton rows={6} />}>
        <CodeEditor
          of={String(generation)}
          ref={ref}
          initial={sql}
          label="SQL"
          language="sql"
          issues={issues}
          words={words}
          tree={tree}
          acts={{ onChange, onTry: onRun, onEscape: onCancel }}
        />
      </Suspense>
    </div>
  );
}
