import { useEffect, useState, type RefObject } from 'react';
import type { Selected } from './use-window.ts';

/** The lines in which the browser's selection begins and ends; undefined while nothing of the log is selected. */
export function useSelection(box: RefObject<HTMLDivElement | null>): Selected | undefined {
  const [selected, setSelected] = useState<Selected>();
  useEffect(() => {
    const look = (): void => {
      const next = readSelection(box.current);
      setSelected((before) =>
        before?.from === next?.from && before?.to === next?.to ? before : next,
      );
    };
    document.addEventListener('selectionchange', look);
    return () => document.removeEventListener('selectionchange', look);
  }, [box]);
  return selected;
}

function readSelection(box: HTMLElement | null): Selected | undefined {
  const selection = document.getSelection();
  if (box === null || selection === null || selection.isCollapsed) return undefined;
  const ends = [selection.anchorNode, selection.focusNode].map((node) => placeOf(box, node));
  const [one, other] = ends;
  if (one === undefined || other === undefined) return undefined;
  return { from: Math.min(one, other), to: Math.max(one, other) };
}

function placeOf(box: HTMLElement, node: Node | null): number | undefined {
  if (node === null || !box.contains(node)) return undefined;
  const element = node instanceof Element ? node : node.parentElement;
  const place = element?.closest<HTMLElement>('[data-place]')?.dataset['place'];
  return place === undefined ? undefined : Number(place);
}
