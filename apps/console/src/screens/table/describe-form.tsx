import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { queries, rat } from '../../client.ts';
import { Lines } from '../../parts/lines.tsx';
import { Problem } from '../../parts/problem.tsx';
import type { Table, TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

/** Changes what is written about a table and its columns. */
export function DescribeForm({
  table,
  place,
  onDone,
}: {
  table: Table;
  place: TablePlace;
  onDone: () => void;
}): ReactNode {
  const [description, setDescription] = useState(table.description ?? '');
  const [owner, setOwner] = useState(table.owner ?? '');
  const [tags, setTags] = useState(table.tags?.join(', ') ?? '');
  const [columns, setColumns] = useState<Record<string, string>>({});
  const save = useMutation({
    mutationFn: () =>
      rat.tables.putMetadata(place, {
        description: description.trim() === '' ? null : description,
        owner: owner.trim() === '' ? null : owner.trim(),
        tags: splitTags(tags),
        // Only what was changed here: another person may describe another column at this moment.
        column_descriptions: columns,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({
        queryKey: ['table', place.namespace, place.layer, place.name],
      });
      void queries.invalidateQueries({ queryKey: ['tables'] });
      onDone();
    },
  });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {save.isError && <Problem title="The descriptions are not saved" error={save.error} />}
      <div className={styles.fields}>
        <label className={styles.full}>
          What the table holds
          <textarea
            rows={3}
            value={description}
            onChange={({ target }) => setDescription(target.value)}
          />
        </label>
        <label>
          Owner
          <input value={owner} onChange={({ target }) => setOwner(target.value)} />
        </label>
        <label>
          Tags, separated by commas
          <input value={tags} onChange={({ target }) => setTags(target.value)} />
        </label>
      </div>
      <Lines
        of="descriptions of the columns"
        columns={[{ name: 'Column' }, { name: 'Type' }, { name: 'What it holds', as: 'words' }]}
      >
        {table.columns.map((column) => (
          <tr key={column.id}>
            <th scope="row">
              <code>{column.name}</code>
            </th>
            <td>
              <code>{column.type}</code>
            </td>
            <td>
              <input
                aria-label={`what ${column.name} holds`}
                className={styles.wide}
                value={columns[column.name] ?? column.description ?? ''}
                onChange={({ target }) =>
                  setColumns((before) => ({ ...before, [column.name]: target.value }))
                }
              />
            </td>
          </tr>
        ))}
      </Lines>
      <div className={styles.tools}>
        <button type="submit" disabled={save.isPending}>
          Save
        </button>
        <button type="button" onClick={onDone}>
          Leave as it was
        </button>
      </div>
    </form>
  );
}

function splitTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim());
  return [...new Set(tags)].filter((tag) => tag !== '');
}
