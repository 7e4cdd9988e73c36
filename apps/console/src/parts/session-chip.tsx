import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../client.ts';
import { beginAnew } from '../session.ts';
import styles from './session-chip.module.css';
import { useSession } from './use-session.ts';

/** Who is signed in, and the way out. Absent while sign-in is off. */
export function SessionChip(): ReactNode {
  const session = useSession();
  const leave = useMutation({
    mutationFn: () => rat.session.delete(),
    onSuccess: beginAnew,
  });
  if (session === undefined || !session.sign_in) return null;
  return (
    <span className={styles.chip}>
      <span className={styles.name} title={`role: ${session.role}`}>
        {session.name === null ? session.role : `${session.name}, ${session.role}`}
      </span>
      <button type="button" disabled={leave.isPending} onClick={() => leave.mutate()}>
        Sign out
      </button>
    </span>
  );
}
