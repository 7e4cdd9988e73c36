import { useEffect, useState, type RefObject } from 'react';
import type { ShownLines } from './log-lines.ts';

/** Lines above and below what is seen, so that fast scrolling meets no gap. */
const MARGIN_PX = 600;

/** The two lines at the ends of a selection stay in the page, or the selection would be lost with them. */
export interface Selected {
  from: number;
  to: number;
}

/** The places of the lines that are in the page, from the top down. */
export function useWindow(
  box: RefObject<HTMLDivElement | null>,
  { shown, selected }: { shown: ShownLines; selected: Selected | undefined },
): number[] {
  const [view, setView] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      sizes.disconnect();
    };
  }, [box]);
  if (shown.length === 0) return [];
  const first = shown.placeAt(view.top - MARGIN_PX);
  const last = Math.min(shown.length - 1, shown.placeAt(view.top + view.height + MARGIN_PX));
  const places = Array.from({ length: last - first + 1 }, (_, nth) => first + nth);
  if (selected === undefined) return places;
  const { from, to } = selected;
  const above = [from, to].filter((place) => place < first);
  const below = [from, to].filter((place) => place > last && place < shown.length);
  return [...new Set([...above, ...places, ...below])];
}
