import type { ReactNode } from 'react';
import { messageOf, requestIdOf } from '../client.ts';
import styles from './problem.module.css';

/** What went wrong, in the words of the API, with the id under which its log has it. */
export function Problem({
  error,
  onRetry,
  title = 'This could not be read',
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
}): ReactNode {
  const requestId = requestIdOf(error);
  return (
    <section role="alert" className={styles.problem}>
      <h2>{title}</h2>
      <p>{messageOf(error)}</p>
      {requestId !== undefined && (
        <p className={styles.id}>
          Request <code>{requestId}</code>
        </p>
      )}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Retry
        </button>
      )}
    </section>
  );
}
