import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { messageOf } from '../client.ts';
import styles from './consent.module.css';

/**
 * A button for an act that cannot be taken back. It asks first, in a dialog that says what the act does, and stays open with
 * the API's words when the act is refused.
 *
 * @example
 * <Consent label="Drain…" title="Drain runner-1?" act="Drain" onConsent={() => rat.runners.drain(id)}>
 *   It finishes its 2 runs, takes no more, and stops.
 * </Consent>
 */
export function Consent({
  label,
  title,
  act,
  onConsent,
  children,
}: {
  label: ReactNode;
  title: string;
  /** The word on the button that does it. */
  act: string;
  onConsent: () => Promise<unknown>;
  children: ReactNode;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const doing = useMutation({ mutationFn: onConsent, onSuccess: () => setOpen(false) });
  const change = (open: boolean): void => {
    doing.reset();
    setOpen(open);
  };
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={change}>
      <AlertDialog.Trigger>{label}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup}>
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description>{children}</AlertDialog.Description>
          {doing.isError && (
            <p role="alert" className={styles.problem}>
              {messageOf(doing.error)}
            </p>
          )}
          <div className={styles.acts}>
            <AlertDialog.Close>Keep as it is</AlertDialog.Close>
            <button
              type="button"
              className={styles.act}
              disabled={doing.isPending}
              onClick={() => doing.mutate()}
            >
              {act}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
