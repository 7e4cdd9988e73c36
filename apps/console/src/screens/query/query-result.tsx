import type { AnswerOf } from '@rat/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { messageOf, rat } from '../../client.ts';
import { sheetText, type GridRow } from '../../parts/cell-text.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { RowGrid } from '../../parts/row-grid.tsx';
import { formatDuration } from '../../time.tsx';
import styles from './query-screen.module.css';
import { ANSWER_ROWS } from './use-ask.ts';

const FORMATS = { csv: 'CSV', json: 'JSON', parquet: 'Parquet' } as const;
type Format = keyof typeof FORMATS;

/** The rows of a query, and the ways to take them along. */
export function QueryResult({
  answer,
  sql,
  namespace,
}: {
  answer: AnswerOf<'query'>;
  sql: string;
  namespace: string;
}): ReactNode {
  // They were requested as arrays.
  const rows = answer.rows as readonly GridRow[];
  return (
    <section aria-label="answer" className={styles.answer}>
      <div className={styles.acts}>
        <span className={styles.quiet}>
          {answer.truncated
            ? `the first ${formatCount(rows.length)} rows`
            : countOf(rows.length, 'row')}{' '}
          in {formatDuration(answer.duration_ms)}
        </span>
        <span className={styles.push} />
        <CopyButton label="Copy all" text={() => sheetText(answer.columns, rows)} />
        <CopyButton label="Copy link" text={() => location.href} />
        <Downloads sql={sql} namespace={namespace} />
      </div>
      {rows.length === 0 ? (
        <Empty title="The query has no rows" />
      ) : (
        <RowGrid
          key={`${sql} ${answer.duration_ms}`}
          label="rows of the query"
          columns={answer.columns}
          rows={rows}
        />
      )}
    </section>
  );
}

/** Runs the query once more, for a file. */
function Downloads({ sql, namespace }: { sql: string; namespace: string }): ReactNode {
  const [format, setFormat] = useState<Format>();
  const download = useMutation({
    mutationFn: async (wanted: Format) => {
      const answer = await rat.tables.query.response(
        { sql, namespace, limit: ANSWER_ROWS },
        { format: wanted },
      );
      saveAs(await answer.blob(), `query.${wanted}`);
    },
  });
  return (
    <>
      {(Object.entries(FORMATS) as [Format, string][]).map(([one, name]) => (
        <button
          key={one}
          type="button"
          disabled={download.isPending}
          onClick={() => {
            setFormat(one);
            download.mutate(one);
          }}
        >
          {name}
        </button>
      ))}
      {download.isError && format !== undefined && (
        <span role="alert" className={styles.bad}>
          No {FORMATS[format]}: {messageOf(download.error)}
        </span>
      )}
    </>
  );
}

function saveAs(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
