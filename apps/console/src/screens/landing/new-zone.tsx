import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { messageOf, queries, rat } from '../../client.ts';
import styles from './landing-screen.module.css';

/** Makes a zone, and opens it. */
export function NewZone({ namespace }: { namespace: string }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => rat.landingZones.create({ namespace, name: name.trim() }),
    onSuccess: async () => {
      setOpen(false);
      setName('');
      await queries.invalidateQueries({ queryKey: ['landing'] });
      await navigate({
        to: '.',
        search: (before) => ({ ...before, zone: `${namespace}/${name.trim()}`, file: undefined }),
      });
    },
  });
  if (!isOpen)
    return (
      <button type="button" onClick={() => setOpen(true)}>
        New zone…
      </button>
    );
  return (
    <form
      className={styles.acts}
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <input
        // The person has just opened this field.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        required
        aria-label={`name of the new zone in ${namespace}`}
        placeholder={`name in ${namespace}`}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <button type="submit" disabled={create.isPending}>
        Make the zone
      </button>
      <button type="button" onClick={() => setOpen(false)}>
        Leave it
      </button>
      {create.isError && (
        <span role="alert" className={styles.bad}>
          {messageOf(create.error)}
        </span>
      )}
    </form>
  );
}
