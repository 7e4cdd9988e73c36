import { describe, expect, test } from '@jest/globals';
import {
  digestToken,
  keyOf,
  verifyDelivery,
  type Verdict,
  type VerifyRule,
} from './verify-delivery.ts';

/*
 * The signatures of GitHub, Slack and Standard Webhooks are the examples of their documentation; the others
 * were made with Python's hmac, and one of them again with openssl.
 */

const JSON_BODY = '{"order":{"day":"2026-11-28"}}\n';

interface Sample {
  rule: VerifyRule;
  secret: string;
  body: string;
  headers: Record<string, string>;
  /** The stamp of the delivery, seconds. */
  at?: number;
}

const rule = (verify: VerifyRule['verify']): VerifyRule => ({ verify, signature: null });
const own = (
  algorithm: 'sha1' | 'sha256' | 'sha512',
  encoding: 'hex' | 'base64',
  value: string,
): Sample => ({
  rule: { verify: 'hmac', signature: { header: 'X-Sum', algorithm, encoding } },
  secret: 'schlüssel',
  body: JSON_BODY,
  headers: { 'x-sum': value },
});

const SAMPLES: Record<string, Sample> = {
  github: {
    rule: rule('github'),
    secret: "It's a Secret to Everybody",
    body: 'Hello, World!',
    headers: {
      'x-hub-signature-256':
        'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
  },
  slack: {
    rule: rule('slack'),
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    at: 1_531_420_618,
  },
  standard: {
    rule: rule('standard'),
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: '{"test": 2432232314}',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,AAAA v1a,bbbb v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    at: 1_614_265_330,
  },
  stripe: {
    rule: rule('stripe'),
    secret: 'whsec_stripe_test_0123456789',
    body: JSON_BODY,
    headers: {
      'stripe-signature':
        't=1614265330, v0=00,v1=00ff,v1=ba0ae216724acac4b899fac88b90f6cc55728764bf285c8299d8d2b27507f5a5',
    },
    at: 1_614_265_330,
  },
  'hmac sha1 in hex': own('sha1', 'hex', '2dcd8e1c418ef73eb0a361d6ac5f08bcf9c9bd2b'),
  'hmac sha256 in base64, with its name in front': own(
    'sha256',
    'base64',
    'sha256=4gVbQOsHKHQVxqqP51xmzJnWFIVcSG7cXEGpUx+jwO0=',
  ),
  'hmac sha512 in hex, in capitals': own(
    'sha512',
    'hex',
    '9C8F1D9383DAD370BDA127B2CF854E46907E88D4139B58D470E36EBFB90B7D9DC56A3E522E1C43D753D7D5E118B68D3BDC40E1A069278DD85CB7B96C1EAB52E9',
  ),
};

function verify(
  { rule, secret, body, headers, at = 0 }: Sample,
  options: { others?: Buffer[]; lateSeconds?: number } = {},
): Verdict {
  const { others = [], lateSeconds = 0 } = options;
  const delivery = {
    header: (name: string) => headers[name.toLowerCase()],
    body: Buffer.from(body),
  };
  const now = new Date((at + lateSeconds) * 1_000);
  return verifyDelivery(rule, [...others, keyOf(rule, secret)], delivery, now);
}

describe('verifyDelivery', () => {
  test.each(Object.entries(SAMPLES))('%s: the delivery of its owner is genuine', (_, sample) => {
    expect(verify(sample)).toBe('genuine');
    expect(verify(sample, { others: [Buffer.from('the new secret')] })).toBe('genuine');
  });

  test.each(Object.entries(SAMPLES))('%s: a changed byte or secret makes it wrong', (_, sample) => {
    expect(verify({ ...sample, body: `${sample.body} ` })).toBe('wrong');
    expect(verify({ ...sample, secret: `a${sample.secret}` })).toBe('wrong');
  });

  test.each(Object.entries(SAMPLES))('%s: without its proof it is missing', (_, sample) => {
    expect(verify({ ...sample, headers: {} })).toBe('missing');
    const odd = Object.fromEntries(Object.keys(sample.headers).map((name) => [name, 'x y']));
    expect(verify({ ...sample, headers: odd })).toBe('missing');
  });

  test.each(Object.entries(SAMPLES).filter(([, { at }]) => at !== undefined))(
    '%s: five minutes from its stamp it is stale, before and after',
    (_, sample) => {
      for (const lateSeconds of [300, -300])
        expect(verify(sample, { lateSeconds })).toBe('genuine');
      for (const lateSeconds of [301, -301]) expect(verify(sample, { lateSeconds })).toBe('stale');
    },
  );

  test('a changed stamp or id makes a signature wrong', () => {
    for (const [name, header, value] of [
      ['slack', 'x-slack-request-timestamp', '1531420619'],
      ['standard', 'webhook-timestamp', '1614265331'],
      ['standard', 'webhook-id', 'msg_other'],
    ] as const) {
      const sample = SAMPLES[name];
      if (sample === undefined) throw new Error(`no sample ${name}`);
      expect(verify({ ...sample, headers: { ...sample.headers, [header]: value } })).toBe('wrong');
    }
  });

  test('a token is compared with digests, in its own header or as a bearer token', () => {
    const token = '0123456789abcdef0123456789abcdef';
    const digest = '3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9';
    expect(digestToken(token).toString('hex')).toBe(digest);
    const check = (headers: Record<string, string>): Verdict =>
      verifyDelivery(
        rule('token'),
        [digestToken('the new one'), Buffer.from(digest, 'hex')],
        { header: (name) => headers[name], body: Buffer.alloc(0) },
        new Date(),
      );
    expect(check({ 'x-webhook-token': token })).toBe('genuine');
    expect(check({ authorization: `Bearer ${token}` })).toBe('genuine');
    expect(check({ 'x-webhook-token': digest })).toBe('wrong');
    expect(check({ authorization: `Basic ${token}` })).toBe('missing');
  });

  test('without any secret nothing is genuine', () => {
    const sample = SAMPLES['github'];
    if (sample === undefined) throw new Error('no sample');
    const header = (name: string): string | undefined => sample.headers[name];
    const delivery = { header, body: Buffer.from(sample.body) };
    expect(verifyDelivery(sample.rule, [], delivery, new Date())).toBe('wrong');
  });
});
