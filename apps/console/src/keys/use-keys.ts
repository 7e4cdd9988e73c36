import { useEffect, useRef } from 'react';
import type { KeyName } from './key-names.ts';
import { readKey } from './read-key.ts';
import { areSingleKeysOn } from './single-keys.ts';

/** What keys do while a part of a screen is shown. */
export type KeyActs = { readonly [Name in KeyName]?: (() => void) | undefined };

/** The newest part is the first: a dialog or a screen wins over the frame. */
const parts: { readonly current: KeyActs }[] = [];
let begun: string | undefined;

/** Lets keys act while the part is shown. An act that is undefined leaves its key to others. */
export function useKeys(acts: KeyActs): void {
  const latest = useRef(acts);
  useEffect(() => {
    latest.current = acts;
  });
  useEffect(() => {
    if (parts.length === 0) window.addEventListener('keydown', onPress);
    parts.unshift(latest);
    return () => {
      parts.splice(parts.indexOf(latest), 1);
      if (parts.length === 0) window.removeEventListener('keydown', onPress);
    };
  }, []);
}

function onPress(event: KeyboardEvent): void {
  // A key that is held down repeats itself: only moving through a list may repeat.
  if (event.defaultPrevented || event.isComposing || event.key === 'Shift') return;
  const reading = readKey(
    {
      key: event.key,
      hasControl: event.ctrlKey || event.metaKey,
      hasAlt: event.altKey,
      isTyping: isTyping(event),
      begun,
    },
    areSingleKeysOn(),
  );
  begun = reading.kind === 'begun' ? reading.by : undefined;
  if (reading.kind !== 'key') return;
  const { name } = reading;
  if (event.repeat && name !== 'next' && name !== 'previous') return;
  // An open dialog covers the screen, so the keys of the screen would act on what is not seen.
  if (document.querySelector('[role=dialog]') !== null) return;
  const act = parts.map(({ current }) => current[name]).find((one) => one !== undefined);
  if (act === undefined) return;
  event.preventDefault();
  act();
}

/** Whether the press goes into a field. The editor's field is in a shadow root, which the path enters. */
function isTyping(event: KeyboardEvent): boolean {
  const [field] = event.composedPath();
  if (!(field instanceof HTMLElement)) return false;
  if (field instanceof HTMLInputElement) return !['checkbox', 'radio'].includes(field.type);
  return (
    field.isContentEditable ||
    field instanceof HTMLTextAreaElement ||
    field instanceof HTMLSelectElement
  );
}
