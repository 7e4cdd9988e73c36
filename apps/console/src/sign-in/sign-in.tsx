import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { messageOf, queries, rat, SESSION_KEY } from '../client.ts';
import styles from './sign-in.module.css';

/** The form that makes a session of a token, with the way to the identity provider where there is one. */
export function SignIn({
  hasEnded,
}: {
  /** Whether a person was signed in at the last look. */
  hasEnded: boolean;
}): ReactNode {
  const [token, setToken] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const index = useQuery({
    queryKey: ['index'],
    queryFn: ({ signal }) => rat.system.index({ signal }),
  });
  const signIn = useMutation({
    mutationFn: () => rat.session.create({ token: token.trim() }),
    onSuccess: () => queries.invalidateQueries({ queryKey: SESSION_KEY }),
  });
  useEffect(() => {
    // The page follows no stream without a session, so each screen reads its answers again afterwards.
    void queries.invalidateQueries({ refetchType: 'none' });
    // The element that had the keyboard is gone.
    field.current?.focus();
  }, []);
  const provider = index.data?.links['sign_in'];
  return (
    <main className={styles.page}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <h1>Sign in to RAT Runs</h1>
        {hasEnded && (
          <p id="ended">
            Your session has ended. Sign in again to go on with this page. What you have typed into
            an editor is kept.
          </p>
        )}
        <label htmlFor="token">Token</label>
        <input
          id="token"
          ref={field}
          aria-describedby={hasEnded ? 'ended' : undefined}
          name="token"
          type="password"
          autoComplete="current-password"
          required
          value={token}
          onChange={({ target }) => setToken(target.value)}
        />
        <button type="submit" disabled={signIn.isPending}>
          Sign in
        </button>
        {provider !== undefined && (
          <a href={`${provider}?return_to=${encodeURIComponent(addressOfPage())}`}>
            Sign in with your account
          </a>
        )}
        <p role="alert" className={styles.problem}>
          {signIn.isError ? messageOf(signIn.error) : ''}
        </p>
      </form>
    </main>
  );
}

/** The address that the person has opened. Its hash names lines of a log. */
function addressOfPage(): string {
  return location.pathname + location.search + location.hash;
}
