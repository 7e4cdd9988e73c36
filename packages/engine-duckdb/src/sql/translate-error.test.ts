import { describe, expect, test } from '@jest/globals';
import { translateError } from './translate-error.ts';

function duckdb(fields: Record<string, unknown>, prefix = ''): Error {
  return new Error(`${prefix}${JSON.stringify(fields)}`);
}

const statement = { text: "select 'é𝒳',\n  nope", line: 4, column: 3 };

describe('translateError', () => {
  test('a position in bytes is converted to one in the whole text, with a caret', () => {
    const error = duckdb({
      exception_type: 'Binder',
      exception_message: 'no nope',
      position: '19',
    });
    expect(translateError(error, statement)).toEqual({
      code: 'sql_error',
      message: 'Binder Error: no nope\n\nLINE 5:   nope\n          ^',
      statement: statement.text,
      line: 5,
      column: 3,
      within: { line: 2, column: 3 },
    });
  });

  test.each([
    ['id FRM memory.rat_inputs."a.bronze.b"', 'memory', 'near "a.bronze.b"'],
    ['id memory.rat_inputs."a.bronze.b"', '.', 'near "a.bronze.b"'],
    ["id FRM getvariable('landing_zone:in')", '(', `near "landing_zone('in')"`],
    ['id FROM memory.rat_inputs."a.bronze.b" WHRE x', 'x', 'near "x"'],
    ['id FRM memory', 'memory', 'near "memory"'],
  ])('the syntax error in %s quotes the whole name that the author knows', (rest, token, near) => {
    const text = `SELECT ${rest}`;
    const fields = {
      exception_type: 'Parser',
      exception_message: `syntax error at or near "${token}"`,
      position: String(text.indexOf(token, text.lastIndexOf(` ${token}`))),
    };
    const failure = translateError(duckdb(fields, 'Parser Error: '), { text, line: 1, column: 1 });
    expect(failure.message.split('\n')[0]).toBe(`Parser Error: syntax error at or ${near}`);
  });

  test('the variable of a landing zone never shows in a message: it is the call that the author wrote', () => {
    const text = "select * from read_csv('getvariable('landing_zone:x')') where nope";
    const position = text.indexOf('nope');
    const fields = {
      exception_type: 'Binder',
      exception_message: "no getvariable('landing_zone:x')",
      position: String(position),
    };
    const { message } = translateError(duckdb(fields), { text, line: 1, column: 1 });
    expect(message).toBe(
      "Binder Error: no landing_zone('x')\n\n" +
        "LINE 1: select * from read_csv('landing_zone('x')') where nope\n" +
        '                                                          ^',
    );
  });

  test.each([
    ['memory.rat_inputs."default.bronze.orders"', 'default.bronze.orders'],
    ['memory.rat_tested."default.silver.known"', 'default.silver.known'],
    ['memory.rat_inputs."uploads"', "landing_zone('uploads')"],
    ['memory.rat_inputs."uploads.filename"', "landing_zone('uploads')"],
    [`read_csv(getvariable('landing_zone:uploads'))`, "read_csv(landing_zone('uploads'))"],
  ])('an excerpt shows %s as %s, and its caret stays under the right character', (own, known) => {
    const text = `SELECT nme FROM ${own} AS t WHERE gone`;
    for (const word of ['nme', 'gone']) {
      const fields = {
        exception_type: 'Binder',
        exception_message: `no ${word} in ${own}`,
        position: String(text.indexOf(word)),
      };
      const { message } = translateError(duckdb(fields), { text, line: 1, column: 1 });
      const [heading, , line = '', caret = ''] = message.split('\n');
      expect(heading).toBe(`Binder Error: no ${word} in ${known}`);
      expect(line).toContain(word === 'gone' ? `FROM ${known} AS t` : 'SELECT nme FROM ');
      expect(line.slice(caret.indexOf('^'), caret.length - 1 + word.length)).toBe(word);
      expect(message).not.toMatch(/rat_|getvariable|memory/);
    }
  });

  test('a caret within a name of the platform is at the beginning of the name that is shown', () => {
    const text = 'SELECT 1 FROM memory.rat_inputs."a.bronze.b"';
    const fields = { exception_type: 'Catalog', exception_message: 'no', position: '21' };
    const { message } = translateError(duckdb(fields), { text, line: 1, column: 1 });
    expect(message.split('\n').slice(-2)).toEqual([
      'LINE 1: SELECT 1 FROM a.bronze.b',
      '                      ^',
    ]);
  });

  test("the parser's position counts code points, and the first line starts at the statement's column", () => {
    const fields = { exception_type: 'Parser', exception_message: 'bad', position: '11' };
    expect(translateError(duckdb(fields, 'Parser Error: '), statement)).toMatchObject({
      line: 4,
      column: 14,
    });
  });

  test('the wrapper before a statement does not shift the position', () => {
    const wrapper = 'COPY (SELECT * FROM (\n';
    const at = (position: number) =>
      translateError(
        duckdb({
          exception_type: 'Conversion',
          exception_message: 'x',
          position: String(position),
        }),
        statement,
        wrapper,
      );
    expect(at(wrapper.length + 7)).toMatchObject({ line: 4, column: 10 });
    expect(at(3).line).toBeUndefined();
  });

  test.each([
    ['Out of Memory', 'failed to allocate', 'out_of_memory'],
    ['Out of Memory', "limit set by the 'max_temp_directory_size' setting", 'disk_full'],
    ['IO', 'Could not write: No space left on device', 'disk_full'],
    ['IO', 'read_parquet needs at least one file to read', 'source_not_found'],
    ['IO', 'No files found that match', 'storage_unavailable'],
    ['Catalog', 'no such table', 'sql_error'],
    ['Permission', 'Cannot access', 'sql_error'],
    ['INTERNAL', 'assertion', 'internal'],
    ['INTERNAL', 'std::bad_alloc', 'out_of_memory'],
    ['', 'Array buffer allocation failed', 'out_of_memory'],
    ['', 'Failed to query', 'out_of_memory'],
    ['', 'Error in native callback', 'sql_error'],
    ['', 'Failed to execute prepared statement', 'out_of_memory'],
    ['', 'Failed to query: connection disconnected', 'internal'],
    ['INTERNAL', 'Failed to bind column reference "a"', 'internal'],
    ['Invalid Input', 'std::bad_alloc', 'sql_error'],
  ])('the %s error “%s” has the code %s', (type, message, code) => {
    const error = duckdb({ exception_type: type, exception_message: message });
    expect(translateError(error)).toMatchObject({ code });
  });

  describe('an error of a file', () => {
    const inputs = {
      tables: { t: { sql: '', files: ['/wh/shop/t/data/part_0.parquet'] } },
      fileLists: { zone: ['zone/a.csv.zst', 'zone/device timed out.csv.gz'] },
    };
    test.each([
      ['IO', 'Input is not a GZIP stream: zone/a.csv.gz', 'sql_error'],
      ['IO', 'Input is not a GZIP stream: zone/device timed out.csv.gz', 'sql_error'],
      ['IO', 'Unknown frame descriptor', 'sql_error'],
      ['Invalid Input', "No magic bytes found at end of file 'zone/b.parquet'", 'sql_error'],
      ['IO', 'No files found that match the pattern "zone/missing.csv"', 'source_not_found'],
      [
        'IO',
        'Could not read from file "zone/a.csv.zst": Input/output error',
        'storage_unavailable',
      ],
      ['IO', 'Cannot open file "zone/a.csv.zst": Permission denied', 'storage_unavailable'],
      ['IO', 'Cannot open file "/wh/shop/t/data/part_0.parquet": gone', 'storage_unavailable'],
      [
        'Invalid Input',
        "No magic bytes found at end of file '/wh/shop/t/data/part_0.parquet'",
        'storage_unavailable',
      ],
    ])('the %s error of a file, “%s”, has the code %s', (type, text, code) => {
      const error = duckdb({ exception_type: type, exception_message: text });
      expect(translateError(error, undefined, '', inputs).code).toBe(code);
    });

    test('an error without a file name lists the delivered files', () => {
      const error = duckdb({ exception_type: 'IO', exception_message: 'Unknown frame descriptor' });
      expect(translateError(error, undefined, '', inputs).message).toBe(
        'a delivered file is not what it is read as: Unknown frame descriptor (the delivered files are zone/a.csv.zst, zone/device timed out.csv.gz)',
      );
    });
  });

  test('a sentence that advises a setting is removed', () => {
    const text =
      'Max expression depth limit of 1000 exceeded. Use "SET max_expression_depth TO x" to increase the maximum expression depth.';
    const error = duckdb({ exception_type: 'Parser', exception_message: text });
    expect(translateError(error).message).toBe(
      'Parser Error: Max expression depth limit of 1000 exceeded.',
    );
  });

  test('an internal error of the engine names the statement as its cause, and contains no stack', () => {
    const exception_message = 'assertion failed\n\nStack Trace:\n\n/home/x/libduckdb.so(+0x1)';
    const error = duckdb({ exception_type: 'INTERNAL', exception_message });
    const failure = translateError(error, statement);
    expect(failure).toMatchObject({ code: 'internal', crash: 'internal error' });
    expect(failure.message).toBe('INTERNAL Error: assertion failed');
    expect(translateError(error)).not.toHaveProperty('crash');
  });

  test('advice about settings that authors cannot change is removed', () => {
    const exception_message = 'failed to allocate\n\nPossible solutions:\n* SET threads';
    const error = duckdb({ exception_type: 'Out of Memory', exception_message });
    expect(translateError(error).message).not.toMatch(/SET/);
  });

  test.each([
    [
      'Max expression depth limit of 1000 exceeded. Use "SET max_expression_depth TO x" to increase the maximum expression depth.',
      'Max expression depth limit of 1000 exceeded.',
    ],
    [
      'Scalar Function "x" is not in the catalog, but it exists in the icu extension.\n\nPlease try installing and loading the icu extension:\nINSTALL icu;\nLOAD icu;\n',
      'Scalar Function "x" is not in the catalog, but it exists in the icu extension.',
    ],
    [
      'Pivot value limit of 100000 exceeded. Use SET pivot_limit=X; to increase the limit.',
      'Pivot value limit of 100000 exceeded.',
    ],
    ['syntax error at or near "SET"', 'syntax error at or near "SET"'],
    ['No match. Use CAST(x AS DATE) instead.', 'No match. Use CAST(x AS DATE) instead.'],
    ['To cast this, use TRY_CAST.\nUse it well.', 'To cast this, use TRY_CAST.\nUse it well.'],
  ])('a message keeps only advice that an author can follow: %j', (exception_message, kept) => {
    const error = duckdb({ exception_type: 'Binder', exception_message });
    expect(translateError(error).message).toBe(`Binder Error: ${kept}`);
  });

  test('an error that is not DuckDB’s is internal', () => {
    expect(translateError(new TypeError('x is undefined')).code).toBe('internal');
    expect(translateError('thrown text')).toEqual({ code: 'internal', message: 'thrown text' });
  });

  test('a failure’s statement and message have a bounded length', () => {
    const long = { text: 'x'.repeat(10_000), line: 1, column: 1 };
    const failure = translateError(
      duckdb({ exception_type: 'Binder', exception_message: 'y'.repeat(10_000) }),
      long,
    );
    expect(failure.statement).toHaveLength(2_000);
    expect(failure.message.length).toBeLessThan(5_000);
  });

  test('a failure contains no path and no URL', () => {
    const exception_message =
      'Cannot open file "/var/lib/rat/data/a b/part_0.parquet" at /var/lib/x.csv, ' +
      "nor 'http://u:p@host/x', nor '/etc'";
    const { message } = translateError(duckdb({ exception_type: 'Binder', exception_message }));
    expect(message).toBe(
      'Binder Error: Cannot open file "<path>/part_0.parquet" at <path>/x.csv, ' +
        "nor '<url>', nor '<path>/etc'",
    );
  });

  test('an excerpt contains no secret, whole or cut, and keeps its caret position', () => {
    const text = `SELECT nope FROM read_csv('https://user:${'p'.repeat(70)}@h/x?token=abc') JOIN gone`;
    const error = (at: string): Error =>
      duckdb({
        exception_type: 'Binder',
        exception_message: 'no',
        position: String(text.indexOf(at)),
      });
    const at = (word: string) => translateError(error(word), { text, line: 1, column: 1 });
    for (const word of ['nope', 'https', 'gone']) {
      const { message, statement } = at(word);
      expect(`${message}${statement}`).not.toMatch(/pp|abc/);
      if (word === 'https') continue;
      const [source = '', caret = ''] = message.split('\n').slice(-2);
      expect(source.slice(caret.indexOf('^'))).toMatch(new RegExp(`^${word}`));
      expect(at(word).column).toBe(text.indexOf(word) + 1);
    }
  });

  test('a division in a message is not masked as a path', () => {
    const error = duckdb({ exception_type: 'Binder', exception_message: 'in a/b/c and (a)/b/c' });
    expect(translateError(error).message).toBe('Binder Error: in a/b/c and (a)/b/c');
  });
});
