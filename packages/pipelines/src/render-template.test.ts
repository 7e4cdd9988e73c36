import { expect, test } from '@jest/globals';
import { renderTemplate } from './render-template.ts';

test('a good template still renders after the process was frozen', () => {
  let naps = 0;
  const nap = (): string => {
    naps += 1;
    // Blocks for longer than a rendering may take, without a processor: the effect of a frozen
    // process.
    if (naps === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    return 'slept';
  };
  expect(renderTemplate('{{ nap() }}', { nap })).toBe('slept');
  expect(naps).toBe(2);
});

test('a rendering that exceeds its time is tried again while other threads of the process are busy', () => {
  let naps = 0;
  const busy = (): string => {
    naps += 1;
    // Other threads count as the process's own processor time, as this loop does.
    const end = performance.now() + (naps === 1 ? 1_500 : 0);
    while (performance.now() < end);
    return 'done';
  };
  expect(renderTemplate('{{ busy() }}', { busy })).toBe('done');
  expect(naps).toBe(2);
});

test('a renderer that is always blocked gives up', () => {
  let naps = 0;
  const nap = (): void => {
    naps += 1;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  };
  expect(() => renderTemplate('{{ nap() }}', { nap })).toThrow('did not end in time');
  expect(naps).toBe(3);
});
