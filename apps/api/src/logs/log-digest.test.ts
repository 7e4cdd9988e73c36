import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '@rat/store';
import fc from 'fast-check';
import { canonicalLine, LogDigest } from './log-digest.ts';

const LINE: RunEvent = {
  attempt: 1,
  kind: 'log',
  message: 'Zeile\n"zwei" ü',
  seq: 3,
  level: 'info',
  phase: undefined,
  at: new Date('2026-02-12T14:00:01.000Z'),
  payload: undefined,
};

describe('the digest of a log', () => {
  test('the canonical JSON of a log line has no line break', () => {
    expect(canonicalLine(LINE)).toBe(
      '{"seq":3,"timestamp":"2026-02-12T14:00:01.000Z","level":"info","message":"Zeile\\n\\"zwei\\" ü","phase":null,"attempt":1}',
    );
  });

  test('the canonical JSON of every log line equals JSON.stringify', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        const { seq, level, attempt } = LINE;
        const line = {
          seq,
          timestamp: LINE.at.toISOString(),
          level,
          message,
          phase: 'build',
          attempt,
        };
        expect(canonicalLine({ ...LINE, message, phase: 'build' })).toBe(JSON.stringify(line));
      }),
    );
  });

  test('the digest of a log is SHA-256 over its lines, each with a line feed', () => {
    const digest = new LogDigest();
    digest.add([LINE]);
    digest.add([{ ...LINE, seq: 4 }]);
    const text = [LINE, { ...LINE, seq: 4 }].map((line) => `${canonicalLine(line)}\n`).join('');
    expect(digest.end(9)).toEqual({
      last_seq: 9,
      lines: 2,
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  });

  test('the digest of a log without lines is the SHA-256 of no bytes', () => {
    expect(new LogDigest().end(2)).toEqual({
      last_seq: 2,
      lines: 0,
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    });
  });
});
