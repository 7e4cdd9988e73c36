import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { addressOf } from '../../parts/run-names.ts';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countOf, formatBytes, formatCount } from '../../parts/numbers.ts';
import { RowsTable } from '../../parts/rows-table.tsx';
import { runKey, type RunFacts } from './run-facts.ts';
import styles from './data-tab.module.css';

const PREVIEW = 50;
const FILES = 20;

/** What a run read, and what it made. */
export function DataTab({ run }: { run: RunFacts }): ReactNode {
  const inputs = Object.entries(run.input_snapshots);
  const zones = Object.entries(run.landing_files);
  return (
    <section aria-label="data" className={styles.tab}>
      <h2>Read</h2>
      {inputs.length + zones.length === 0 && <p>no table and no file</p>}
      <ul className={styles.list}>
        {inputs.map(([table, snapshot]) => (
          <li key={table}>
            <InputLink table={table} snapshot={snapshot} />{' '}
            <span className={styles.quiet}>snapshot {snapshot}</span>
          </li>
        ))}
        {zones.map(([zone, files]) => (
          <li key={zone}>
            <strong>{zone}</strong>{' '}
            <span className={styles.quiet}>
              {countOf(run.landing_files_total[zone] ?? files.length, 'file')}:{' '}
              {files
                .slice(0, FILES)
                .map(({ path, bytes }) => `${path} (${formatBytes(bytes)})`)
                .join(', ')}
              {files.length > FILES ? ' and more' : ''}
            </span>
          </li>
        ))}
      </ul>
      <h2>Made</h2>
      <p>{describeOutput(run)}</p>
      <Preview run={run} />
    </section>
  );
}

/** A link to what a run read: the table as it was in that snapshot. */
function InputLink({ table, snapshot }: { table: string; snapshot: string }): ReactNode {
  const [namespace = '', layer = '', name = ''] = table.split('.');
  return (
    <Link to="/t/$namespace/$layer/$name" params={{ namespace, layer, name }} search={{ snapshot }}>
      {table.replace(/^default\./, '')}
    </Link>
  );
}

function describeOutput(run: RunFacts): string {
  if (run.rows_written === null && run.rows_deleted === null) return 'no rows';
  const parts = [
    `${countOf(run.rows_written ?? 0, 'row')} written`,
    `${countOf(run.rows_deleted ?? 0, 'row')} deleted`,
  ];
  if (run.rows_total !== null) parts.push(`${formatCount(run.rows_total)} in the table since`);
  return `${addressOf(run)}: ${parts.join(' · ')}`;
}

/** The rows on the run's branch while they are kept there, or those of the snapshot that it published. */
function Preview({ run }: { run: RunFacts }): ReactNode {
  const { namespace, layer, pipeline: name } = run;
  const version =
    run.quarantine !== null
      ? { branch: run.quarantine.branch }
      : run.output_snapshot_id !== null
        ? { snapshot: run.output_snapshot_id }
        : undefined;
  const rows = useQuery({
    queryKey: runKey(run.id, 'preview', version),
    queryFn: ({ signal }) =>
      rat.tables.preview(
        { namespace, layer, name },
        { limit: PREVIEW, rows_as: 'arrays', ...version },
        { signal },
      ),
    enabled: version !== undefined,
    staleTime: Infinity,
  });
  if (version === undefined) {
    return (
      <Empty title="There are no rows of this run to look at">
        <p>It published none, and keeps none on a branch.</p>
      </Empty>
    );
  }
  return (
    <Answer of={rows} rows={8}>
      {(page) => (
        <>
          <RowsTable
            columns={page.columns}
            // The request wants arrays.
            rows={page.rows as unknown[][]}
            label={`first rows of ${name}`}
          />
          {page.truncated && <p className={styles.quiet}>the first {PREVIEW} rows</p>}
        </>
      )}
    </Answer>
  );
}
