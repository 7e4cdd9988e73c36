import { useSyncExternalStore } from 'react';

/** Whether the console is light or dark; `system`: as the system is. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'rat.theme';
const listeners = new Set<() => void>();
let theme: Theme = readTheme();

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORED_AS);
    return THEMES.find((one) => one === stored) ?? 'system';
  } catch {
    return 'system';
  }
}

/** Shows the page in the chosen theme. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme;
}

export function setTheme(next: Theme): void {
  theme = next;
  applyTheme();
  try {
    localStorage.setItem(STORED_AS, next);
  } catch {
    // A browser without storage forgets the choice with the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}
