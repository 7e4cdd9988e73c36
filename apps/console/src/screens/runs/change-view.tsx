import type { AnswerOf } from '@rat/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { messageOf, queries, rat } from '../../client.ts';
import { Consent } from '../../parts/consent.tsx';
import { useMay } from '../../parts/may.ts';
import { VIEWS_KEY } from './views-key.ts';
import styles from './run-views.module.css';

type View = AnswerOf<'listViews'>['views'][number];

/** Renames a view, shares it or not, and deletes it. */
export function ChangeView({ view, onDone }: { view: View; onDone: () => void }): ReactNode {
  const mayShare = useMay('operator');
  const [name, setName] = useState(view.name);
  const [isShared, setShared] = useState(view.shared);
  const change = useMutation({
    mutationFn: () =>
      rat.views.put(view.id, {
        name: name.trim(),
        shared: isShared === view.shared ? undefined : isShared,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: VIEWS_KEY });
      onDone();
    },
  });
  return (
    <form
      className={styles.form}
      aria-label={`change ${view.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <label className={styles.field}>
        Name
        <input
          required
          // The person has just opened this field.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      {(mayShare || view.shared) && <ShareChoice isShared={isShared} onChange={setShared} />}
      <div className={styles.acts}>
        <button type="submit" disabled={change.isPending}>
          Save
        </button>
        <Consent
          label="Delete…"
          title={`Delete the view ${view.name}?`}
          act="Delete"
          onConsent={async () => {
            await rat.views.delete(view.id);
            await queries.invalidateQueries({ queryKey: VIEWS_KEY });
          }}
        >
          {view.shared
            ? 'It is gone for everybody whom it is shared with. No run is touched.'
            : 'No run is touched.'}
        </Consent>
        <button type="button" onClick={onDone}>
          Back
        </button>
      </div>
      {change.isError && (
        <p role="alert" className={styles.problem}>
          {messageOf(change.error)}
        </p>
      )}
    </form>
  );
}

export function ShareChoice({
  isShared,
  onChange,
}: {
  isShared: boolean;
  onChange: (isShared: boolean) => void;
}): ReactNode {
  return (
    <label className={styles.choice}>
      <input
        type="checkbox"
        checked={isShared}
        onChange={({ target }) => onChange(target.checked)}
      />
      Share it with others
    </label>
  );
}
