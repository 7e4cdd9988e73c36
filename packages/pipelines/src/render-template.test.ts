import { expect, test } from '@jest/globals';
import { renderTemplate } from './render-template.ts';

test('a machine that holds the renderer up does not make a good template bad', () => {
  let naps = 0;
  const nap = (): string => {
    naps += 1;
    // Longer than a rendering may take, and without a processor: a frozen process, seen from within.
    if (naps === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    return 'slept';
  };
  expect(renderTemplate('{{ nap() }}', { nap })).toBe('slept');
  expect(naps).toBe(2);
});

test('a rendering that ran out of time is tried anew though other threads of the process were busy', () => {
  let naps = 0;
  const busy = (): string => {
    naps += 1;
    // What other threads use counts as the process's own time, and so does this.
    const end = performance.now() + (naps === 1 ? 1_500 : 0);
    while (performance.now() < end);
    return 'done';
  };
  expect(renderTemplate('{{ busy() }}', { busy })).toBe('done');
  expect(naps).toBe(2);
});

test('a renderer that is always held up gives up', () => {
  let naps = 0;
  const nap = (): void => {
    naps += 1;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  };
  expect(() => renderTemplate('{{ nap() }}', { nap })).toThrow('did not end in time');
  expect(naps).toBe(3);
});
