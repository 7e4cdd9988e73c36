import { describe, expect, test } from '@jest/globals';
import { scrubLogText } from './scrub-log-text.ts';

describe('scrubLogText', () => {
  test.each([
    [
      `SELECT * FROM read_csv('https://user:pass@host/x?token=abc&n=1')`,
      `SELECT * FROM read_csv('https://***@host/x?token=***&n=1')`,
    ],
    ['connecting to postgres://u:p@ss@db:5432/x', 'connecting to postgres://***@db:5432/x'],
    [
      `'https://h/x?X-Amz-Credential=a%2Fb&X-Amz-Signature=c0'`,
      `'https://h/x?X-Amz-Credential=***&X-Amz-Signature=***'`,
    ],
    [
      `'https://h/x?sig=abc#top' 'https://h/?key=AIza'`,
      `'https://h/x?sig=***#top' 'https://h/?key=***'`,
    ],
    [
      `CREATE SECRET s (TYPE s3, KEY_ID 'AKIA', SECRET 'it''s', REGION 'eu')`,
      `CREATE SECRET s (TYPE s3, KEY_ID '***', SECRET '***', REGION 'eu')`,
    ],
    [
      `s3_access_key_id='AKIA', aws_secret_access_key := 'x'`,
      `s3_access_key_id='***', aws_secret_access_key := '***'`,
    ],
    [
      `ATTACH 'host=h user=u password=hunter2 dbname=d'`,
      `ATTACH 'host=h user=u password=*** dbname=d'`,
    ],
    [`MAP {'Authorization': 'Bearer abc', 'a': 'b'}`, `MAP {'Authorization': '***', 'a': 'b'}`],
    [`{"password": "a b", "n": "c"} pwd="x"`, `{"password": "***", "n": "c"} pwd="***"`],
    [`PASSWORD 'cut off by the end of the li…`, `PASSWORD '***'`],
    [`PRIVATE_KEY 'a\nb\nc', x`, `PRIVATE_KEY '***\n\n', x`],
    [`-- don't: password=x\nSELECT 'token=y'`, `-- don't: password=***\nSELECT 'token=***'`],
    [`SELECT * FROM read_parquet('/home/alice/x')`, `SELECT * FROM read_parquet('<path>/x')`],
    [`COPY t TO "file:///srv/lake/part_0.parquet"`, `COPY t TO "<path>/part_0.parquet"`],
    ['login failed: password=hunter2', 'login failed: password=***'],
    ['password=hunter2', 'password=***'],
    ['Password = hunter2', 'Password = ***'],
    ['password: hunter2', 'password: ***'],
    ['host=h port=5432 user=u password=foo.bar', 'host=h port=5432 user=u password=***'],
    ['host=h,password=hunter2,user=u', 'host=h,password=***,user=u'],
    ['(user=u, password=hunter2)', '(user=u, password=***)'],
    ['could not connect with password=hunter2!', 'could not connect with password=***'],
    ['user=u and password=hunter2', 'user=u and password=***'],
    ['PGPASSWORD=abc psql', 'PGPASSWORD=*** psql'],
    ['export AWS_SECRET_ACCESS_KEY=wJalr/Xy', 'export AWS_SECRET_ACCESS_KEY=***'],
    ['api_key=abc', 'api_key=***'],
    ['X-Api-Key: abc', 'X-Api-Key: ***'],
    ['x-amz-security-token: FwoG1', 'x-amz-security-token: ***'],
    ['Authorization: Bearer x', 'Authorization: Bearer ***'],
    ['authorization: Basic dXNlcjpwYXNz, retrying', 'authorization: Basic ***'],
    ['Proxy-Authorization: Digest username="u"', 'Proxy-Authorization: Digest ***"u"'],
    ['Cookie: session=abc; theme=dark', 'Cookie: ***'],
    ['GET https://h/x?token=abc failed', 'GET https://h/x?token=*** failed'],
    ['https://h/x?a=1&api_key=abc&b=2', 'https://h/x?a=1&api_key=***&b=2'],
    [`password=E'a\\'b'`, `password=E'***'`],
    [
      `SELECT * FROM x('a', password=E'it\\'s', b='c')`,
      `SELECT * FROM x('a', password=E'***', b='c')`,
    ],
    [
      `CREATE SECRET s (PASSWORD $$a'b$$, X $t$c$t$)`,
      `CREATE SECRET s (PASSWORD $$***$$, X $t$c$t$)`,
    ],
    [`{"password": "a\\"b", "pwd": 1234}`, `{"password": "***", "pwd": ***}`],
    [`"{\\"token\\":\\"abc\\",\\"n\\":1}"`, `"{\\"token\\":\\"***\\",\\"n\\":1}"`],
    ['key AKIAIOSFODNN7EXAMPLE is not valid', 'key *** is not valid'],
    [
      'refused eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3 at once',
      'refused *** at once',
    ],
    ['sent Bearer abc123', 'sent Bearer ***'],
    [
      '-----BEGIN PRIVATE KEY-----\nMIIE\nabc\n-----END PRIVATE KEY-----',
      '-----BEGIN PRIVATE KEY-----\n***\n***\n-----END PRIVATE KEY-----',
    ],
    ['token: abcdef', 'token: ***'],
    ['mysql://u:p@h/d and redis://:p@h', 'mysql://***@h/d and redis://***@h'],
  ])('secrets and paths are removed from the text: %s', (text, expected) => {
    const clean = scrubLogText(text);
    expect(clean).toBe(expected);
    expect(scrubLogText(clean)).toBe(clean);
  });

  test.each([
    'Starting pipeline silver.orders',
    'SELECT token_count, secret_id FROM t WHERE a = 1',
    'SELECT * FROM a JOIN b ON a.token = b.token AND a.password=b.password AND token=b.secret',
    `SELECT key, value FROM kv WHERE key = 'orders' AND sort_key = 'x' AND token_count = '3'`,
    `SELECT split_part(path, '/', 2), '//' || x, a / b / c, x /y /z FROM t`,
    `SELECT token AS "Token", 'secret', 'key' FROM t WHERE token IN ('a', 'b')`,
    `SELECT a.token = "b"."token" FROM t WHERE "password" IS NULL`,
    `SELECT * FROM read_csv('https://host:8080/x@y?page=2&sort=key')`,
    `SELECT '2024/01/02', 'a/b/c', '/orders' -- no key=value here`,
    'Tokens: 12; the primary key is orders.id',
    `SELECT 1 /* token */ + 2`,
    'SELECT * FROM t JOIN u ON token = t.token_id WHERE (password=u.hash OR secret = other)',
    'SELECT *\nFROM t\nWHERE\n  token = t.token_id\n  AND api_key = u.api_key',
    'UPDATE t SET a = b, token = new_token WHERE key_id = 5',
    'SELECT {token: t.token, n: 1}, CASE WHEN token = b THEN 1 END FROM t',
    'SELECT token = md5(x), password = ? FROM t WHERE token=md5(y)',
    'syntax error, unexpected token: FROM',
    'no function has the signature: f(INTEGER)',
    'WHERE password IS NULL AND secret = NULL',
    'MERGE INTO t USING s ON t.token = s.token WHEN MATCHED THEN UPDATE SET token = s.token',
    'the bearer of this ticket',
    `SELECT token::VARCHAR, token := 1 FROM t`,
  ])('ordinary text stays as it is: %s', (text) => {
    expect(scrubLogText(text)).toBe(text);
  });

  test('every path below the platform’s own folders is masked, quoted or not', () => {
    const folders = ['/srv/rat', '/mnt/landing'];
    expect(scrubLogText('kept /srv/rat/warehouse/a/b.parquet', folders)).toBe(
      'kept <path>/warehouse/a/b.parquet',
    );
    expect(scrubLogText('file:///mnt/landing/x and /srv/rats/y', folders)).toBe(
      'file://<path>/x and /srv/rats/y',
    );
  });

  test('scrubbing a long line takes time linear in its length', () => {
    for (const unit of [
      'token',
      'secret ',
      `'`,
      '"',
      '--',
      'a://',
      "'/a",
      'key=',
      '\n\t ',
      'a-',
      'eyJ',
      'token=a ',
    ]) {
      const text = unit.repeat(200_000);
      const startedMs = performance.now();
      scrubLogText(`password ${text}`);
      expect(performance.now() - startedMs).toBeLessThan(5_000);
    }
  });
});
