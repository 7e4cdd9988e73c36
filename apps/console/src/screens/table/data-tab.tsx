import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { Answer } from '../../parts/answer.tsx';
import { sheetText, type GridRow } from '../../parts/cell-text.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { RowGrid } from '../../parts/row-grid.tsx';
import { formatTime, useZone } from '../../time.tsx';
import type { TableUrl } from '../../url/table-url.ts';
import type { Table, TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

const ROWS_AT_FIRST = 1_000;
/** As many rows as one answer may have. */
const ROWS_MAX = 10_000;
const MAIN = 'main';

/** The rows of main, of a branch or of a snapshot. */
export function DataTab({
  table,
  place,
  url,
}: {
  table: Table;
  place: TablePlace;
  url: TableUrl;
}): ReactNode {
  const { namespace, layer, name } = place;
  const [rowsWanted, setRowsWanted] = useState(ROWS_AT_FIRST);
  const version = { branch: url.branch, snapshot: url.snapshot };
  const preview = useQuery({
    // A new snapshot of main is another answer.
    queryKey: ['rows', namespace, layer, name, version, rowsWanted, table.snapshot_id],
    queryFn: ({ signal }) =>
      rat.tables.preview(place, { ...version, limit: rowsWanted, rows_as: 'arrays' }, { signal }),
    placeholderData: keepPreviousData,
    enabled: table.snapshot_id !== null || url.branch !== undefined || url.snapshot !== undefined,
  });
  // The rows were requested as arrays.
  const rows = useMemo(() => (preview.data?.rows ?? []) as readonly GridRow[], [preview.data]);
  if (table.snapshot_id === null && url.branch === undefined && url.snapshot === undefined)
    return (
      <>
        <VersionChoice table={table} url={url} />
        <Empty title="No run has published this table yet" />
      </>
    );
  const path = `/api/v1/tables/${namespace}/${layer}/${name}/preview`;
  const query = new URLSearchParams({
    format: 'csv',
    limit: String(ROWS_MAX),
    ...(url.branch === undefined ? {} : { branch: url.branch }),
    ...(url.snapshot === undefined ? {} : { snapshot: url.snapshot }),
  });
  return (
    <>
      <div className={styles.tools}>
        <VersionChoice table={table} url={url} />
        <span className={styles.quiet}>
          {preview.data !== undefined &&
            (preview.data.truncated
              ? `the first ${formatCount(rows.length)} rows`
              : countOf(rows.length, 'row'))}
        </span>
        {preview.data?.truncated === true && rowsWanted < ROWS_MAX && (
          <button
            type="button"
            disabled={preview.isFetching}
            onClick={() => setRowsWanted(ROWS_MAX)}
          >
            Show {formatCount(ROWS_MAX)}
          </button>
        )}
        <span className={styles.push} />
        {preview.data !== undefined && (
          <CopyButton label="Copy all" text={() => sheetText(preview.data.columns, rows)} />
        )}
        <a href={`${path}?${query}`} download={`${namespace}.${layer}.${name}.csv`}>
          CSV
        </a>
      </div>
      <Answer of={preview} rows={16}>
        {(answer) =>
          rows.length === 0 ? (
            <Empty title="This version has no rows" />
          ) : (
            <RowGrid
              key={`${url.branch} ${url.snapshot}`}
              label={`rows of ${layer}.${name}`}
              columns={answer.columns}
              rows={rows}
            />
          )
        }
      </Answer>
    </>
  );
}

/** Which version is shown: `branch:…` or `snapshot:…`. */
function VersionChoice({ table, url }: { table: Table; url: TableUrl }): ReactNode {
  const navigate = useNavigate();
  const zone = useZone();
  const chosen =
    url.branch !== undefined
      ? `branch:${url.branch}`
      : url.snapshot !== undefined
        ? `snapshot:${url.snapshot}`
        : MAIN;
  const choose = (value: string): void => {
    const [kind, ...rest] = value.split(':');
    const id = rest.join(':');
    void navigate({
      to: '.',
      search: (before) => ({
        ...before,
        branch: kind === 'branch' ? id : undefined,
        snapshot: kind === 'snapshot' ? id : undefined,
      }),
    });
  };
  const branches = table.refs.filter(({ name }) => name !== MAIN);
  return (
    <select aria-label="version" value={chosen} onChange={({ target }) => choose(target.value)}>
      <option value={MAIN}>main, as it is now</option>
      {branches.length > 0 && (
        <optgroup label="Branches and tags">
          {branches.map(({ name, type }) => (
            <option key={name} value={`branch:${name}`}>
              {type} {name}
            </option>
          ))}
        </optgroup>
      )}
      <optgroup label="Snapshots">
        {table.snapshots.map(({ id, at, operation }) => (
          <option key={id} value={`snapshot:${id}`}>
            {formatTime(at, 'clock', zone)} · {operation} · {id}
          </option>
        ))}
      </optgroup>
    </select>
  );
}
