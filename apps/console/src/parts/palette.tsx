import { Dialog } from '@base-ui/react/dialog';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { messageOf, rat } from '../client.ts';
import styles from './palette.module.css';
import { useEntries, type Entry } from './palette-entries.tsx';

/** A person still types: one search, not one for each letter. */
const TYPING_MS = 150;
const SHOWN = 20;

/** Finds a screen, or a thing by its name, and goes there. */
export function Palette({
  onClose,
  onKeys,
}: {
  onClose: () => void;
  onKeys: () => void;
}): ReactNode {
  const [text, setText] = useState('');
  const wanted = text.trim();
  const q = useSettled(wanted);
  const search = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => rat.system.search({ q, limit: SHOWN }, { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });
  const found = wanted === '' ? undefined : search.data;
  const entries = useEntries(wanted, found?.results ?? []);
  const isSearching = search.isFetching || q !== wanted;
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup}>
          <Dialog.Title className={styles.title}>Find</Dialog.Title>
          <Choice text={text} onText={setText} entries={entries} onClose={onClose} />
          <output className={styles.foot}>
            {search.isError && messageOf(search.error)}
            {entries.length === 0 && !isSearching && `Nothing has “${wanted}” in its name`}
            {found?.truncated && `The closest ${SHOWN}: type more to narrow them`}
          </output>
          <p className={styles.buttons}>
            <button type="button" onClick={onKeys}>
              All keys
            </button>
            <Dialog.Close>Close</Dialog.Close>
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The field with its list. The focus stays in the field; arrows choose, Enter opens. */
function Choice({
  text,
  onText,
  entries,
  onClose,
}: {
  text: string;
  onText: (text: string) => void;
  entries: readonly Entry[];
  onClose: () => void;
}): ReactNode {
  const id = useId();
  const [wanted, setWanted] = useState(0);
  const at = Math.min(wanted, entries.length - 1);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);
  const open = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.open();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && entries.length > 0) {
      event.preventDefault();
      setWanted((at + by + entries.length) % entries.length);
    }
    if (event.key === 'Enter') open(entries[at]);
  };
  return (
    <>
      <input
        type="search"
        role="combobox"
        aria-label="a screen, a pipeline, a table, a run or a column"
        aria-expanded={entries.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        placeholder="Screen, pipeline, table, run…"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          onText(target.value);
          setWanted(0);
        }}
        onKeyDown={press}
      />
      {/* A datalist has no names in bold, no marks and no second column. */}
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role */}
      <div role="listbox" id={`${id}-list`} aria-label="found" className={styles.list}>
        {entries.map((entry, place) => (
          // The keys of the field choose an option; the pointer presses it.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={entry.key}
            id={`${id}-${place}`}
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- as above
            role="option"
            tabIndex={-1}
            aria-selected={place === at}
            className={styles.option}
            onClick={() => open(entry)}
          >
            <span className={styles.kind}>{entry.kind}</span>
            <span className={styles.name}>{entry.name}</span>
            {entry.detail !== undefined && <span className={styles.detail}>{entry.detail}</span>}
          </div>
        ))}
      </div>
    </>
  );
}

/** The text, once a person has paused. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
