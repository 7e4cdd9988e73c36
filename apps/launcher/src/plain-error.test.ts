import { expect, test } from '@jest/globals';
import { describeSystemError, plainLine, plainLog } from './plain-error.ts';

function systemError(code: string, more: object): Error {
  return Object.assign(new Error(`${code}: it says more\n    at somewhere`), { code, ...more });
}

test.each([
  [
    'ENOSPC',
    { syscall: 'write', path: '/h/run/x' },
    'write /h/run/x: the disk is full; free some space (ENOSPC)',
  ],
  ['EROFS', { syscall: 'mkdir', path: '/h' }, 'mkdir /h: the disk is read-only (EROFS)'],
  [
    'EADDRINUSE',
    { syscall: 'listen', address: '127.0.0.1' },
    'listen 127.0.0.1: the port is taken by another program; set another one (EADDRINUSE)',
  ],
  ['EIO', {}, 'the disk does not answer (EIO)'],
])('the error %s of the system is one plain line', (code, more, line) => {
  expect(plainLine(systemError(code, more))).toBe(line);
});

test('any other error is reduced to its first line, without a stack', () => {
  expect(describeSystemError(new Error('no code'))).toBeUndefined();
  expect(plainLine(new TypeError('x is not a function\n    at y'))).toBe('x is not a function');
  expect(plainLine(new Error(''))).toBe('an unknown error');
});

test('the tail of a log consists of its messages, without stacks and fields', () => {
  const err = { message: 'listen EADDRINUSE', stack: 'Error: listen\n    at x' };
  const log = [JSON.stringify({ level: 50, msg: 'api could not start', err }), 'plain', '    at x'];
  expect(plainLog(log.join('\n'))).toBe('api could not start: listen EADDRINUSE\nplain');
});
