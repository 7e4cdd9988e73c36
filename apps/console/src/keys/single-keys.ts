import { useSyncExternalStore } from 'react';

const STORED_AS = 'rat.single-keys';
const listeners = new Set<() => void>();
let areOn = readChoice();

function readChoice(): boolean {
  try {
    return localStorage.getItem(STORED_AS) !== 'off';
  } catch {
    return true;
  }
}

/** Whether keys without Ctrl do something. Some people press them by mistake, by voice for example (WCAG 2.1.4). */
export function areSingleKeysOn(): boolean {
  return areOn;
}

export function setSingleKeys(next: boolean): void {
  areOn = next;
  try {
    localStorage.setItem(STORED_AS, next ? 'on' : 'off');
  } catch {
    // A browser without storage forgets the choice with the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, areSingleKeysOn);
}
