import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '@rat/store';
import { inSlices } from './in-slices.ts';

const LONG = 'x'.repeat(16_000);

function row(seq: number, message: string | undefined): RunEvent {
  const at = new Date(seq);
  const none = { level: undefined, phase: undefined, payload: undefined };
  return { seq, attempt: 1, kind: 'log', at, message, ...none };
}

function page(length: number, message: string | undefined, from = 1): RunEvent[] {
  return Array.from({ length }, (_, n) => row(from + n, message));
}

async function slice(pages: RunEvent[][]): Promise<RunEvent[][]> {
  const slices: RunEvent[][] = [];
  for await (const one of inSlices(pages)) slices.push(one);
  return slices;
}

describe('inSlices', () => {
  test('every row is in exactly one slice, in order', async () => {
    const pages = [page(500, LONG), page(3, undefined, 501), [], page(1, LONG.repeat(20), 504)];
    expect((await slice(pages)).flat()).toEqual(pages.flat());
  });

  test('a slice of long lines has few lines', async () => {
    const sizes = (await slice([page(40, LONG)])).map((one) => one.length);
    expect(sizes).toEqual([16, 16, 8]);
  });

  test('a page of short lines is one slice', async () => {
    const short = page(500, 'a short line');
    expect(await slice([short])).toEqual([short]);
  });

  test('the event loop runs other work between two slices', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const slices = await slice([page(160, LONG)]);
    isOver = true;
    expect(slices).toHaveLength(10);
    expect(turns).toBeGreaterThanOrEqual(9);
  });
});
