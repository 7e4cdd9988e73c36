import { useState, type ReactNode } from 'react';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { useMay } from '../../parts/may.ts';
import { DescribeForm } from './describe-form.tsx';
import type { Table, TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

/** The columns, and what people wrote about the table. */
export function SchemaTab({ table, place }: { table: Table; place: TablePlace }): ReactNode {
  const [isEditing, setEditing] = useState(false);
  const mayEdit = useMay('author');
  if (isEditing)
    return <DescribeForm table={table} place={place} onDone={() => setEditing(false)} />;
  return (
    <>
      {mayEdit && (
        <div className={styles.tools}>
          <button type="button" onClick={() => setEditing(true)}>
            Edit descriptions
          </button>
        </div>
      )}
      <dl className={styles.about}>
        <dt>What it holds</dt>
        <dd>{table.description ?? <NotWritten />}</dd>
        <dt>Owner</dt>
        <dd>{table.owner ?? <NotWritten />}</dd>
        <dt>Tags</dt>
        <dd>{table.tags === undefined ? <NotWritten /> : table.tags.join(', ')}</dd>
        <dt>Partitioned by</dt>
        <dd>
          {table.partition_by.length === 0 ? (
            <span className={styles.quiet}>nothing</span>
          ) : (
            table.partition_by.map(({ column, transform }) => `${transform}(${column})`).join(', ')
          )}
        </dd>
      </dl>
      {table.columns.length === 0 ? (
        <Empty title="The table has no columns yet" />
      ) : (
        <Lines
          of="columns"
          columns={[
            { name: '#', as: 'number' },
            { name: 'Column' },
            { name: 'Type' },
            { name: 'What it holds', as: 'words' },
          ]}
        >
          {table.columns.map(({ id, name, type, description }, index) => (
            <tr key={id}>
              <NumberCell>{index + 1}</NumberCell>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <code>{type}</code>
              </td>
              <WordsCell>{description}</WordsCell>
            </tr>
          ))}
        </Lines>
      )}
    </>
  );
}

function NotWritten(): ReactNode {
  return <span className={styles.quiet}>not written down</span>;
}
