/** How much of a speed is that of the last moment. */
const WEIGHT = 0.3;

/** A place in a transfer. */
export interface SpeedMark {
  at: number;
  sent: number;
  /** Bytes a second; 0 until two places are known. */
  speed: number;
}

/** The speed after another place of the transfer, smoothed so that it can be read. */
export function nextMark(before: SpeedMark, at: number, sent: number): SpeedMark {
  const ms = at - before.at;
  if (ms <= 0 || sent < before.sent) return { ...before, sent };
  const now = ((sent - before.sent) / ms) * 1_000;
  const speed = before.speed === 0 ? now : before.speed * (1 - WEIGHT) + now * WEIGHT;
  return { at, sent, speed };
}

/** Milliseconds until the last byte; undefined while the speed is not known. */
export function timeLeft({ sent, speed }: SpeedMark, total: number): number | undefined {
  return speed > 0 ? ((total - sent) / speed) * 1_000 : undefined;
}

/** `orders.csv` → `orders-2.csv`, or the next number that the name does not have yet. */
export function nextName(name: string): string {
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const numbered = /^(.*)-(\d{1,6})$/.exec(stem);
  return numbered === null ? `${stem}-2${end}` : `${numbered[1]}-${Number(numbered[2]) + 1}${end}`;
}
