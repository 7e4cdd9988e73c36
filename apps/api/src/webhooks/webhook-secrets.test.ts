import { describe, expect, test } from '@jest/globals';
import { InputError, UnprocessableError, type TriggerConfig } from '@rat/domain';
import { openSecretBox } from '@rat/runtime';
import { digestToken } from './verify-delivery.ts';
import { chooseSecrets } from './webhook-secrets.ts';

const BOX = openSecretBox('a key of at least thirty-two characters', 'webhooks');
const SECRET = 'a-secret-of-the-sender';

const hook = (verify: 'token' | 'github' | 'standard'): TriggerConfig => ({
  kind: 'webhook',
  verify,
  signature: null,
  delivery_id: null,
  params: {},
});
const UPLOAD: TriggerConfig = {
  kind: 'upload',
  namespace: 'default',
  zone: 'drops',
  pattern: null,
  min_files: 1,
};

const choose = (next: TriggerConfig, given?: string[], current?: TriggerConfig, box = BOX) =>
  chooseSecrets(given, { next, current }, box);

describe('chooseSecrets', () => {
  test('a new webhook with a token gets one, of which only the digest is stored', () => {
    const { secrets, token = '' } = choose(hook('token'));
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets).toEqual([digestToken(token)]);
    expect(choose(hook('token')).token).not.toBe(token);
  });

  test('given tokens are stored as digests, and given secrets sealed', () => {
    expect(choose(hook('token'), [SECRET])).toEqual({
      secrets: [digestToken(SECRET)],
      token: undefined,
    });
    const { secrets = [] } = choose(hook('github'), [SECRET, 'the-other-secret']);
    expect(secrets.map((sealed) => BOX.open(sealed).toString())).toEqual([
      SECRET,
      'the-other-secret',
    ]);
  });

  test('secrets stay when none are given, unless the verification changes', () => {
    expect(choose(hook('github'), undefined, hook('github')).secrets).toBeUndefined();
    expect(choose(hook('token'), undefined, hook('token'))).toEqual({
      secrets: undefined,
      token: undefined,
    });
    expect(choose(hook('token'), undefined, hook('github')).token).toBeDefined();
    expect(() => choose(hook('github'), undefined, hook('token'))).toThrow(InputError);
    expect(choose(UPLOAD, undefined, hook('github')).secrets).toEqual([]);
  });

  test('secrets of another kind, and a secret that cannot be a key, are refused', () => {
    expect(() => choose(UPLOAD, [SECRET])).toThrow('only a trigger of the kind webhook');
    expect(() => choose(hook('github'))).toThrow('secrets: are missing');
    expect(() => choose(hook('standard'), [SECRET])).toThrow('must be base64');
    choose(hook('standard'), ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
  });

  test('without a key of the installation a signature is refused, and a token is not', () => {
    const bare = (verify: 'token' | 'github') =>
      chooseSecrets([SECRET], { next: hook(verify), current: undefined }, undefined);
    expect(() => bare('github')).toThrow(UnprocessableError);
    expect(() => bare('github')).toThrow('github needs RAT_SECRET_KEY at every API');
    expect(bare('token').secrets).toHaveLength(1);
  });
});
