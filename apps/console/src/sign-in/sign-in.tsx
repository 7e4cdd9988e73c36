import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { messageOf, queries, rat, SESSION_KEY } from '../client.ts';
import styles from './sign-in.module.css';

/** The form that makes a session of a token, with the way to the identity provider where there is one. */
export function SignIn({
  hasEnded,
}: {
  /** Whether a person was signed in when the page last asked. */
  hasEnded: boolean;
}): ReactNode {
  const [token, setToken] = useState('');
  const index = useQuery({
    queryKey: ['index'],
    queryFn: ({ signal }) => rat.system.index({ signal }),
  });
  const signIn = useMutation({
    mutationFn: () => rat.session.create({ token: token.trim() }),
    onSuccess: () => queries.invalidateQueries({ queryKey: SESSION_KEY }),
  });
  useEffect(() => {
    // Nothing is followed while nobody is signed in, so each screen reads its answers again afterwards.
    void queries.invalidateQueries({ refetchType: 'none' });
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
          <p>
            Your session has ended. Sign in again to go on with this page. What you have typed into
            an editor is kept.
          </p>
        )}
        <label htmlFor="token">Token</label>
        <input
          id="token"
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

/** The address that was asked for. Its hash names lines of a log. */
function addressOfPage(): string {
  return location.pathname + location.search + location.hash;
}
