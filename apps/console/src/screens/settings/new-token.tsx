import { ROLES, type Role } from '@rat/domain';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { queries, rat, SESSION_KEY } from '../../client.ts';
import { Problem } from '../../parts/problem.tsx';
import { useSession } from '../../parts/use-session.ts';
import styles from './settings-screen.module.css';

const DAY_MS = 86_400_000;
const LIVES = [
  { days: 0, words: 'does not end by itself' },
  { days: 30, words: 'ends in 30 days' },
  { days: 90, words: 'ends in 90 days' },
  { days: 365, words: 'ends in a year' },
];

/** Makes a token. */
export function NewToken({
  onMade,
}: {
  onMade: (made: { name: string; token: string }) => void;
}): ReactNode {
  const session = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>(session?.sign_in === false ? 'admin' : 'viewer');
  const [namespaces, setNamespaces] = useState('');
  const [days, setDays] = useState(0);
  const create = useMutation({
    mutationFn: () => {
      const limited = splitNames(namespaces);
      return rat.tokens.create({
        name: name.trim(),
        role,
        namespaces: limited.length === 0 ? null : limited,
        expires_at: days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
      });
    },
    onSuccess: async (made) => {
      onMade({ name: made.name, token: made.token });
      setName('');
      // The first token turns sign-in on, and then this browser must sign in: but not before the token was copied.
      if (session?.sign_in === true) await queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  return (
    <form
      className={styles.form}
      aria-label="new token"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <label>
        Name
        <input
          required
          value={name}
          placeholder="who or what will use it"
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      <label>
        Role
        <select
          value={role}
          onChange={({ target }) => setRole(ROLES.find((one) => one === target.value) ?? 'viewer')}
        >
          {ROLES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label>
        Namespaces, separated by commas
        <input
          value={namespaces}
          placeholder="all"
          onChange={({ target }) => setNamespaces(target.value)}
        />
      </label>
      <label>
        Life
        <select value={days} onChange={({ target }) => setDays(Number(target.value))}>
          {LIVES.map((life) => (
            <option key={life.days} value={life.days}>
              {life.words}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={create.isPending}>
        Make a token
      </button>
      {session?.sign_in === false && (
        <p className={styles.full}>
          Sign-in is off. The first token turns it on, for good: from then on everybody needs one.{' '}
          {create.isSuccess && (
            <button
              type="button"
              onClick={() => void queries.invalidateQueries({ queryKey: SESSION_KEY })}
            >
              Sign in now
            </button>
          )}
        </p>
      )}
      {create.isError && (
        <div className={styles.full}>
          <Problem title="The token was not made" error={create.error} />
        </div>
      )}
    </form>
  );
}

function splitNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
