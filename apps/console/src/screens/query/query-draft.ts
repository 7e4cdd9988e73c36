import { keptAs } from '../../parts/kept-for-person.ts';

const STORED_AS = 'rat.query-draft';

interface Draft {
  /** The SQL of the address that the text was typed at. */
  at: string;
  text: string;
}

/** What was typed at an address and not run; undefined when there is nothing. It lasts as long as the tab. */
export function readDraft(at: string | undefined): string | undefined {
  try {
    const stored = JSON.parse(sessionStorage.getItem(keptAs(STORED_AS)) ?? '{}') as Partial<Draft>;
    return stored.at === (at ?? '') ? stored.text : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text over the end of a session, and over a way to the identity provider and back. */
export function keepDraft(at: string | undefined, text: string): void {
  try {
    sessionStorage.setItem(
      keptAs(STORED_AS),
      JSON.stringify({ at: at ?? '', text } satisfies Draft),
    );
  } catch {
    // A browser without storage keeps it with the page alone.
  }
}

/** Forgets the text: it was run, and the address has it. */
export function dropDraft(): void {
  try {
    sessionStorage.removeItem(keptAs(STORED_AS));
  } catch {
    // There was none.
  }
}
