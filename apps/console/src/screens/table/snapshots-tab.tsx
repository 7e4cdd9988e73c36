import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { formatBytes, formatCount } from '../../parts/numbers.ts';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell } from '../../parts/lines.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Time } from '../../time.tsx';
import type { TableUrl } from '../../url/table-url.ts';
import { Difference } from './difference.tsx';
import type { Table, TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

/** The versions of the table. Two of them can be compared. */
export function SnapshotsTab({
  table,
  place,
  url,
}: {
  table: Table;
  place: TablePlace;
  url: TableUrl;
}): ReactNode {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<readonly string[]>(
    [url.from, url.to].filter((id) => id !== undefined),
  );
  const [key, setKey] = useState(url.key ?? '');
  if (table.snapshots.length === 0) return <Empty title="No run has written this table yet" />;
  // The list is newest first, so the later place is the older version.
  const ordered = table.snapshots.filter(({ id }) => chosen.includes(id)).map(({ id }) => id);
  const [to, from] = ordered;
  const compare = (): void => {
    void navigate({ to: '.', search: (before) => ({ ...before, from, to, key: key.trim() }) });
  };
  const toggle = (id: string): void =>
    // A third choice takes the place of the older one of the two.
    setChosen((before) =>
      before.includes(id) ? before.filter((one) => one !== id) : [...before, id].slice(-2),
    );
  return (
    <>
      <div className={styles.tools}>
        <button type="button" disabled={from === undefined} onClick={compare}>
          Compare the two
        </button>
        <label>
          by{' '}
          <input
            value={key}
            placeholder="the pipeline’s key"
            aria-label="key columns, separated by commas; * compares whole rows"
            onChange={({ target }) => setKey(target.value)}
          />
        </label>
        <span className={styles.quiet}>
          {from === undefined
            ? 'Choose two versions.'
            : 'Columns that tell rows apart, separated by commas; * compares whole rows.'}
        </span>
      </div>
      {url.from !== undefined && url.to !== undefined && (
        <Difference place={place} from={url.from} to={url.to} keyText={url.key} />
      )}
      <Lines
        of="snapshots"
        columns={[
          { name: 'Choose' },
          { name: 'At' },
          { name: 'What it did' },
          { name: 'Run' },
          { name: 'Rows', as: 'number' },
          { name: 'Added', as: 'number' },
          { name: 'Removed', as: 'number' },
          { name: 'Files', as: 'number' },
          { name: 'Size', as: 'number' },
          { name: 'Snapshot' },
        ]}
      >
        {table.snapshots.map((snapshot) => (
          <tr key={snapshot.id}>
            <td>
              <input
                type="checkbox"
                aria-label={`choose snapshot ${snapshot.id}`}
                checked={chosen.includes(snapshot.id)}
                onChange={() => toggle(snapshot.id)}
              />
            </td>
            <td>
              <Time at={snapshot.at} />
            </td>
            <td>{snapshot.operation}</td>
            <td>
              {snapshot.run_id === null ? 'another writer' : <RunLink id={snapshot.run_id} />}
            </td>
            <NumberCell>{formatCount(snapshot.rows)}</NumberCell>
            <NumberCell>
              {snapshot.rows_added > 0 && (
                <span className={styles.plus}>+{formatCount(snapshot.rows_added)}</span>
              )}
            </NumberCell>
            <NumberCell>
              {snapshot.rows_removed > 0 && (
                <span className={styles.minus}>−{formatCount(snapshot.rows_removed)}</span>
              )}
            </NumberCell>
            <NumberCell>{formatCount(snapshot.files)}</NumberCell>
            <NumberCell>{formatBytes(snapshot.bytes)}</NumberCell>
            <td>
              {table.refs
                .filter(({ snapshot_id: id }) => id === snapshot.id)
                .map(({ name }) => (
                  <span
                    key={name}
                    className={name === 'main' ? `${styles.badge} ${styles.main}` : styles.badge}
                  >
                    {name}
                  </span>
                ))}
              <code>{snapshot.id}</code>
            </td>
          </tr>
        ))}
      </Lines>
    </>
  );
}
