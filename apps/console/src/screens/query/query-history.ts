import { keptAs } from '../../parts/kept-for-person.ts';

const STORED_AS = 'rat.queries';
const KEPT = 50;
/** Longer texts are not remembered: a browser stores little. */
const TEXT_MAX = 20_000;

/** The last queries of the person in this browser, newest first. */
export function readHistory(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keptAs(STORED_AS)) ?? '[]');
    return Array.isArray(stored) ? stored.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

/** Puts a query first; one that is known moves there. */
export function rememberQuery(sql: string): void {
  const text = sql.trim();
  if (text.length > TEXT_MAX) return;
  const next = addToHistory(readHistory(), text);
  try {
    localStorage.setItem(keptAs(STORED_AS), JSON.stringify(next));
  } catch {
    // A browser without storage remembers nothing.
  }
}

export function addToHistory(before: readonly string[], text: string): string[] {
  return [text, ...before.filter((one) => one !== text)].slice(0, KEPT);
}
