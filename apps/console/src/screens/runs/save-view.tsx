import type { AnswerOf } from '@rat/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { messageOf, queries, rat } from '../../client.ts';
import { useMay } from '../../parts/may.ts';
import { toViewQuery, type RunsUrl } from '../../url/runs-url.ts';
import { ShareChoice } from './change-view.tsx';
import { VIEWS_KEY } from './views-key.ts';
import styles from './run-views.module.css';

/** Saves the filters of the address under a name. The name of an own view replaces its filters. */
export function SaveView({
  url,
  own,
  onSaved,
}: {
  url: RunsUrl;
  own: AnswerOf<'listViews'>['views'];
  onSaved: () => void;
}): ReactNode {
  const mayShare = useMay('operator');
  const [text, setText] = useState('');
  const [isShared, setShared] = useState(false);
  const query = toViewQuery(url);
  const name = text.trim();
  const before = own.find((view) => view.name === name);
  const save = useMutation({
    mutationFn: () =>
      before === undefined
        ? rat.views.create({ name, screen: 'runs', query, shared: isShared })
        : rat.views.put(before.id, { query }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: VIEWS_KEY });
      onSaved();
    },
  });
  return (
    <form
      className={styles.form}
      aria-label="save a view"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <h2>Save these filters</h2>
      <p className={styles.quiet}>{describe(query)}</p>
      <label className={styles.field}>
        Name
        <input
          required
          value={text}
          placeholder="such as failed today"
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      {mayShare && before === undefined && <ShareChoice isShared={isShared} onChange={setShared} />}
      <div className={styles.acts}>
        <button type="submit" disabled={save.isPending}>
          {before === undefined ? 'Save' : 'Replace the filters of this view'}
        </button>
      </div>
      {save.isError && (
        <p role="alert" className={styles.problem}>
          {messageOf(save.error)}
        </p>
      )}
    </form>
  );
}

function describe({ ns, ...filters }: ReturnType<typeof toViewQuery>): string {
  const all = Object.entries(ns === undefined ? filters : { namespace: ns, ...filters });
  if (all.length === 0) return 'No filter is set: all runs.';
  return all.map(([name, value]) => `${name}: ${value}`).join(' · ');
}
