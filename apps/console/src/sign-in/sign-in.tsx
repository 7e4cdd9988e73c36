import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { messageOf, queries, rat } from '../client.ts';
import styles from './sign-in.module.css';

/** The form that makes a session of a token, with the way to the identity provider where there is one. */
export function SignIn(): ReactNode {
  const [token, setToken] = useState('');
  const index = useQuery({
    queryKey: ['index'],
    queryFn: ({ signal }) => rat.system.index({ signal }),
  });
  const signIn = useMutation({
    mutationFn: () => rat.session.create({ token: token.trim() }),
    onSuccess: () => queries.invalidateQueries(),
  });
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
          <a
            href={`${provider}?return_to=${encodeURIComponent(location.pathname + location.search)}`}
          >
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
