import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { focusFilter, moveInList, toggleInList } from '../keys/list-keys.ts';
import { useKeys } from '../keys/use-keys.ts';
import styles from './key-frame.module.css';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));
const KeyList = lazy(async () => ({ default: (await import('./key-list.tsx')).KeyList }));

/** The keys that act on every screen, and the button that finds things without them. */
export function KeyFrame(): ReactNode {
  const [open, setOpen] = useState<'palette' | 'keys'>();
  const navigate = useNavigate();
  const close = (): void => setOpen(undefined);
  useKeys({
    palette: () => setOpen('palette'),
    help: () => setOpen('keys'),
    filter: focusFilter,
    goRuns: () => void navigate({ to: '/runs' }),
    goPipelines: () => void navigate({ to: '/pipelines' }),
    goTables: () => void navigate({ to: '/tables' }),
    goQuery: () => void navigate({ to: '/query' }),
    next: () => moveInList(1),
    previous: () => moveInList(-1),
    select: toggleInList,
  });
  return (
    <>
      <button
        type="button"
        className={styles.find}
        aria-keyshortcuts="Control+K"
        onClick={() => setOpen('palette')}
      >
        Find… <kbd className={styles.key}>Ctrl-K</kbd>
      </button>
      <Suspense fallback={null}>
        {open === 'palette' && <Palette onClose={close} onKeys={() => setOpen('keys')} />}
        {open === 'keys' && <KeyList onClose={close} />}
      </Suspense>
    </>
  );
}
