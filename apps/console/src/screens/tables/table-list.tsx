import type { AnswerOf } from '@rat/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatBytes, formatCount } from '../../parts/numbers.ts';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Time } from '../../time.tsx';
import styles from './tables-screen.module.css';

export type TableRow = AnswerOf<'listTables'>['tables'][number];

/** Tables, one a line. */
export function TableList({ tables }: { tables: readonly TableRow[] }): ReactNode {
  const isMixed = new Set(tables.map(({ namespace }) => namespace)).size > 1;
  return (
    <Lines
      of="tables"
      columns={[
        { name: 'Table' },
        { name: 'Rows', as: 'number' },
        { name: 'Size', as: 'number' },
        { name: 'Files', as: 'number' },
        { name: 'Updated' },
        { name: 'Made by' },
        { name: 'Owner' },
        { name: 'What it holds', as: 'words' },
      ]}
    >
      {tables.map((table) => (
        <tr key={`${table.namespace}.${table.layer}.${table.name}`}>
          <th scope="row">
            <Link
              to="/t/$namespace/$layer/$name"
              params={{ namespace: table.namespace, layer: table.layer, name: table.name }}
            >
              {isMixed && `${table.namespace}.`}
              {table.layer}.{table.name}
            </Link>
          </th>
          <NumberCell>{table.rows !== null && formatCount(table.rows)}</NumberCell>
          <NumberCell>{table.bytes !== null && formatBytes(table.bytes)}</NumberCell>
          <NumberCell>{table.files !== null && formatCount(table.files)}</NumberCell>
          <td>{table.updated_at !== null && <Time at={table.updated_at} />}</td>
          <td>
            {table.updated_at === null ? (
              <span className={styles.nothing}>not published yet</span>
            ) : table.run_id === null ? (
              'another writer'
            ) : (
              <RunLink id={table.run_id} />
            )}
          </td>
          <td>{table.owner}</td>
          <WordsCell>
            {table.tags?.map((tag) => (
              <span key={tag} className={styles.tag}>
                {tag}
              </span>
            ))}
            {table.description}
            {table.unreadable_reason !== undefined && (
              <span className={styles.unreadable}>✕ {table.unreadable_reason}</span>
            )}
          </WordsCell>
        </tr>
      ))}
    </Lines>
  );
}
