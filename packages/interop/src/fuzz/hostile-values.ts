import fc from 'fast-check';

/** Texts that have broken programs of this kind. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '../../../../etc/passwd',
  '..',
  '.',
  '%2e%2e%2f',
  '%00',
  'C:\\windows',
  '/etc/passwd',
  "'; DROP TABLE runs; --",
  '" OR 1=1 --',
  '{{ 7 * 7 }}',
  '{% for i in range(9) %}x{% endfor %}',
  '${jndi:ldap://x}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\u2028',
  '\ud800',
  '👩‍👩‍👧‍👦',
  'é',
  'İ',
  'a\r\nSet-Cookie: x=1',
  'NaN',
  'null',
  'true',
  '-0',
  '1e309',
  '0x10',
  '99999999999999999999999999',
  '*',
  '(',
  '[a-',
  '\\',
  'x'.repeat(300),
  'x'.repeat(5_000),
];

const HOSTILE_NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.1,
  1e-320,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 63,
  1e30,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
];

const HOSTILE_TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999999999Z',
  '+275760-09-13T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '1e3',
];

/** Texts that no parameter is made for. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...HOSTILE_TEXTS, ...HOSTILE_TIMES), weight: 5 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 2 },
  { arbitrary: fc.integer().map(String), weight: 1 },
);

/** JSON of any type, to stand where another type belongs. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: hostileText, weight: 4 },
  { arbitrary: fc.constantFrom(...HOSTILE_NUMBERS), weight: 3 },
  { arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null]), weight: 3 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 2 },
);

const DEEP = 5_000;

/** Bodies that are no JSON document, or one that a parser may stumble over. */
export const hostileBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom(
      '',
      ' ',
      '{',
      '{"a":',
      '[]',
      'null',
      '"text"',
      '1',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '{"a":1e999}',
      '{"namespace":"\\u0000"}',
      '{"namespace":"\\ud800"}',
      '\ufeff{}',
      `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
      `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
    )
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
