import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Sha256 } from './sha256.ts';

test('the digest of parts is the SHA-256 of their text', () => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 5 });
  fc.assert(
    fc.property(parts, (texts) => {
      const ours = new Sha256();
      for (const text of texts) ours.update(text);
      expect(ours.digest()).toBe(createHash('sha256').update(texts.join('')).digest('hex'));
    }),
  );
});

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128])('a text of %d bytes is padded', (length) => {
  const ours = new Sha256();
  ours.update('x'.repeat(length));
  const theirs = createHash('sha256').update('x'.repeat(length)).digest('hex');
  expect(ours.digest()).toBe(theirs);
});
