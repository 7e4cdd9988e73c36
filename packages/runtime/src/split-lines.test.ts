import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitLines } from './split-lines.ts';

test('lines do not depend on how the bytes are chunked, and only a line feed ends one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'ü', '😀', '\u2028', '\r', '\n', 'long '), { maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      async (parts, sizes) => {
        const text = parts.join('');
        const bytes = Buffer.from(text);
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for (let at = 0, n = 0; at < bytes.length; n += 1) {
            const size = sizes[n % sizes.length] ?? 1;
            yield bytes.subarray(at, at + size);
            at += size;
          }
        }
        const lines: string[] = [];
        for await (const some of splitLines(pieces())) lines.push(...some);
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      },
    ),
  );
});
