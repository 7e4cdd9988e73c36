/** A line of a list that a person opens or selects. */
const LINES = 'main tbody tr, main [aria-label="needs you"] li';

/** Moves the focus to the link of the next line, or of the previous one; Enter then opens it. */
export function moveInList(by: 1 | -1): void {
  const lines = [...document.querySelectorAll(LINES)].filter((line) => linkOf(line) !== null);
  const here = lines.findIndex((line) => line.contains(document.activeElement));
  const next = here === -1 ? (by === 1 ? 0 : lines.length - 1) : here + by;
  const line = lines[Math.min(Math.max(next, 0), lines.length - 1)];
  if (line !== undefined) linkOf(line)?.focus();
}

/** Selects the line that has the focus, or takes it out of the selection. */
export function toggleInList(): void {
  const line = document.activeElement?.closest(LINES);
  line?.querySelector<HTMLInputElement>('input[type=checkbox]')?.click();
}

/** Puts the caret into the filter of the screen. */
export function focusFilter(): void {
  const field = document.querySelector<HTMLInputElement>(
    'main input[type=search], main search input',
  );
  field?.focus();
  field?.select();
}

function linkOf(line: Element): HTMLAnchorElement | null {
  return line.querySelector<HTMLAnchorElement>('a[href]');
}
