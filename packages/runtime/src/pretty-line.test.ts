import { expect, test } from '@jest/globals';
import { createLogger } from './logger.ts';
import { prettyLine } from './pretty-line.ts';

const LINE = {
  level: 'info',
  time: '2026-11-29T10:00:00.123Z',
  service: 'api',
  pid: 7,
  run_id: '0199f3a0-0000-7000-8000-000000000001',
  path: '/api/v1/runs',
  attempt: 1,
  msg: 'run started',
};

function pretty(more: object = {}): string {
  return prettyLine(`${JSON.stringify({ ...LINE, ...more })}\n`);
}

test('a line for a person begins with the time, the level and the message', () => {
  expect(pretty()).toBe(
    '10:00:00.123 INFO  run started run_id=0199f3a0-0000-7000-8000-000000000001 path=/api/v1/runs attempt=1\n',
  );
});

test('a text of a client cannot move the cursor of the terminal or forge a field', () => {
  const line = pretty({ path: '/x\u001b[2J', client: 'a b=c', msg: 'odd\nline' });
  expect(line).toContain(String.raw`path="/x\u001b[2J"`);
  expect(line).toContain('client="a b=c"');
  expect(line.split('\n')).toHaveLength(2);
});

test('an error shows its stack below the line, without control characters', () => {
  const stack = 'Error: gone\u0007\n    at here (file.ts:1:2)';
  expect(
    pretty({ err: { message: 'gone', stack } })
      .split('\n')
      .slice(1),
  ).toEqual(['    Error: gone', '    at here (file.ts:1:2)', '']);
});

test('a log that goes to no terminal stays JSON', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const log = createLogger('api', {
    level: 'info',
    destination: destination as unknown as NodeJS.WritableStream,
  });
  log.info({ attempt: 1 }, 'run started');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'api', attempt: 1 });
});
