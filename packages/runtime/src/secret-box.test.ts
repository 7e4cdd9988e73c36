import { describe, expect, test } from '@jest/globals';
import { openSecretBox, SealError } from './secret-box.ts';

const KEY = 'a key of at least thirty-two characters';

describe('a sealed secret', () => {
  test('is opened with its key, and has another form each time', () => {
    const box = openSecretBox(KEY, 'webhooks');
    const secret = Buffer.from('whsec_ü');
    const sealed = box.seal(secret);
    expect(box.open(sealed)).toEqual(secret);
    expect(openSecretBox(KEY, 'webhooks').open(sealed)).toEqual(secret);
    expect(box.seal(secret).equals(sealed)).toBe(false);
    expect(sealed.includes('whsec')).toBe(false);
    expect(box.open(box.seal(Buffer.alloc(0)))).toHaveLength(0);
  });

  test('is not opened with another key, for another purpose, or with a changed byte', () => {
    const sealed = openSecretBox(KEY, 'webhooks').seal(Buffer.from('secret'));
    expect(() => openSecretBox(`${KEY}!`, 'webhooks').open(sealed)).toThrow(SealError);
    expect(() => openSecretBox(KEY, 'alerts').open(sealed)).toThrow(SealError);
    const box = openSecretBox(KEY, 'webhooks');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed)).toThrow(SealError);
    }
    for (const length of [0, 1, 28]) {
      expect(() => box.open(sealed.subarray(0, length))).toThrow(SealError);
    }
  });

  test('is opened by another implementation of AES-256-GCM and HKDF', () => {
    // Made with Python's cryptography: HKDF(SHA256, 32, salt=b'', info=b'rat secrets: webhooks'), then AESGCM.
    const sealed = Buffer.from(
      '01000102030405060708090a0b8d5db7e6d250462c0475267823bf9502b2e05dad3d9f8ced94579de243c2',
      'hex',
    );
    expect(openSecretBox(KEY, 'webhooks').open(sealed).toString()).toBe('from elsewhere');
  });
});
