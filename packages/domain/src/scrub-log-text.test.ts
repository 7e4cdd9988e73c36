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
  ])('takes out what is nobody’s business: %s', (text, expected) => {
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
  ])('leaves ordinary text as it is: %s', (text) => {
    expect(scrubLogText(text)).toBe(text);
  });

  test('no path below our own folders is told, quoted or not', () => {
    const folders = ['/srv/rat', '/mnt/landing'];
    expect(scrubLogText('kept /srv/rat/warehouse/a/b.parquet', folders)).toBe(
      'kept <path>/warehouse/a/b.parquet',
    );
    expect(scrubLogText('file:///mnt/landing/x and /srv/rats/y', folders)).toBe(
      'file://<path>/x and /srv/rats/y',
    );
  });

  test('a long line costs no more than its length', () => {
    for (const unit of ['token', 'secret ', `'`, '"', '--', 'a://', "'/a", 'key=', '\n\t ']) {
      const text = unit.repeat(200_000);
      const startedMs = performance.now();
      scrubLogText(`password ${text}`);
      expect(performance.now() - startedMs).toBeLessThan(5_000);
    }
  });
});
