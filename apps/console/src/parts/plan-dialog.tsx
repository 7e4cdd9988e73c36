import { Dialog } from '@base-ui/react/dialog';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { KEYS, type KeyName } from '../keys/key-names.ts';
import { useKeys } from '../keys/use-keys.ts';
import styles from './plan-dialog.module.css';
import { Problem } from './problem.tsx';

interface PlanDialogProps<Done> {
  /** The words of the button that opens the dialog. */
  open: string;
  title: string;
  /** The words of the button that does it. */
  act: string;
  /** What would be done; shown before anything is. */
  children: ReactNode;
  /** Whether a reason is requested, and must be given. */
  reason?: 'optional' | 'needed';
  isOpenable?: boolean;
  /** The key that opens the dialog. */
  openedBy?: KeyName;
  /** How many things it is done to. Above 20, the person types the number first. */
  count?: number;
  /** Does it. */
  onAct: (reason: string | undefined) => Promise<Done>;
  /** What was done; shown in place of the plan. */
  renderDone: (done: Done) => ReactNode;
  /** The person has read what was done. Only then may the page change what it offers, and this dialog with it. */
  onRead?: () => void;
  onOpenChange?: (isOpen: boolean) => void;
}

/** A slip of the mouse must not cancel hundreds of runs. */
const MANY = 20;

/** Something that is costly to undo: the plan first, then the press, then what was done. */
export function PlanDialog<Done>(props: PlanDialogProps<Done>): ReactNode {
  const { open, title, act, children, reason, isOpenable = true, openedBy, count = 0 } = props;
  const { onAct, renderDone, onRead, onOpenChange } = props;
  const [text, setText] = useState('');
  const [typed, setTyped] = useState('');
  const trigger = useRef<HTMLButtonElement>(null);
  useKeys(openedBy === undefined ? {} : { [openedBy]: () => trigger.current?.click() });
  const given = text.trim();
  const doing = useMutation({ mutationFn: () => onAct(given === '' ? undefined : given) });
  const isMany = count > MANY;
  const isBlocked =
    doing.isPending ||
    (reason === 'needed' && given === '') ||
    (isMany && typed.trim() !== String(count));
  return (
    <Dialog.Root
      onOpenChange={(isOpen) => {
        onOpenChange?.(isOpen);
        if (!isOpen) {
          if (doing.isSuccess) onRead?.();
          return;
        }
        doing.reset();
        setText('');
        setTyped('');
      }}
    >
      <Dialog.Trigger
        ref={trigger}
        disabled={!isOpenable}
        aria-keyshortcuts={openedBy && KEYS[openedBy].keys}
        nativeButton
      >
        {open}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup}>
          <Dialog.Title className={styles.title}>{title}</Dialog.Title>
          {doing.isSuccess ? (
            <div className={styles.done}>{renderDone(doing.data)}</div>
          ) : (
            <>
              {children}
              {reason !== undefined && (
                <label className={styles.reason}>
                  Reason{reason === 'optional' && ' (optional)'}
                  <textarea
                    rows={2}
                    maxLength={1_000}
                    value={text}
                    onChange={({ target }) => setText(target.value)}
                  />
                </label>
              )}
              {isMany && (
                <label className={styles.reason}>
                  Type {count} to go on
                  <input
                    inputMode="numeric"
                    value={typed}
                    onChange={({ target }) => setTyped(target.value)}
                  />
                </label>
              )}
              {doing.isError && <Problem title="It was not done" error={doing.error} />}
            </>
          )}
          <p className={styles.buttons}>
            <Dialog.Close>{doing.isSuccess ? 'Close' : 'Leave it'}</Dialog.Close>
            {!doing.isSuccess && (
              <button
                type="button"
                className={styles.act}
                disabled={isBlocked}
                onClick={() => doing.mutate()}
              >
                {act}
              </button>
            )}
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
