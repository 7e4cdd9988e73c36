import { useLayoutEffect, type RefObject } from 'react';

/** The digits of the row that is measured. */
export const PROBE = '0'.repeat(100);

/** Space between the text and the edge of the box. */
const EDGE_PX = 24;

/**
 * Reports how many columns of text the box has room for, at first and whenever its size changes; undefined while `isOn` is
 * false.
 *
 * @param probe The message of a hidden row, which has the text `PROBE`. It is the only row that is measured.
 */
export function useColumns(
  box: RefObject<HTMLDivElement | null>,
  probe: RefObject<HTMLSpanElement | null>,
  { isOn, onColumns }: { isOn: boolean; onColumns: (columns: number | undefined) => void },
): void {
  useLayoutEffect(() => {
    const element = box.current;
    const measured = probe.current;
    if (!isOn || element === null || measured === null) {
      onColumns(undefined);
      return undefined;
    }
    const look = (): void => {
      const text = measured.getBoundingClientRect();
      const room = element.clientWidth - (text.left - element.getBoundingClientRect().left);
      const columns = Math.floor(
        (room + element.scrollLeft - EDGE_PX) / (text.width / PROBE.length),
      );
      onColumns(Math.max(20, columns));
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [box, probe, isOn, onColumns]);
}
