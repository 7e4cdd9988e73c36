import { Dialog } from '@base-ui/react/dialog';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { KEY_NAMES, KEYS } from '../keys/key-names.ts';
import { useSingleKeys } from '../keys/single-keys.ts';
import styles from './key-list.module.css';

/** All keys and what they do. */
export function KeyList({ onClose }: { onClose: () => void }): ReactNode {
  const areOn = useSingleKeys();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup}>
          <Dialog.Title className={styles.title}>Keys</Dialog.Title>
          <dl className={styles.keys}>
            {KEY_NAMES.map((name) => (
              <div key={name} className={styles.line}>
                <dt>
                  {KEYS[name].keys.split(' ').map((key) => (
                    <kbd key={key} className={styles.key}>
                      {key}
                    </kbd>
                  ))}
                </dt>
                <dd>{KEYS[name].words}</dd>
              </div>
            ))}
          </dl>
          <p className={styles.foot}>
            {areOn ? 'Keys without Ctrl do nothing in a field.' : 'Keys without Ctrl are off.'}{' '}
            <Link to="/settings" onClick={onClose}>
              Turn them {areOn ? 'off' : 'on'} in the settings
            </Link>
          </p>
          <p className={styles.foot}>
            <Dialog.Close>Close</Dialog.Close>
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
