import { describe, expect, test } from '@jest/globals';
import { explainEnd, type EndFacts } from './explain-end.ts';

const facts: EndFacts = {
  code: null,
  signal: null,
  stderr: '',
  exceeded: false,
  isNearLimit: false,
};

describe('explainEnd', () => {
  test('a process that the watch killed is out of memory', () => {
    expect(explainEnd({ ...facts, signal: 'SIGKILL', exceeded: true })).toEqual({
      kind: 'out_of_memory',
    });
  });

  test.each(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP'] as const)(
    'a process that ends by %s has crashed',
    (signal) => {
      expect(explainEnd({ ...facts, signal })).toEqual({ kind: 'crashed', signal });
    },
  );

  test.each([
    [139, 'SIGSEGV'],
    [134, 'SIGABRT'],
  ])('exit code %i of a sandbox is the signal %s of the process in it', (code, signal) => {
    expect(explainEnd({ ...facts, code })).toEqual({ kind: 'crashed', signal });
  });

  test('SIGKILL is a kill from outside, also as the exit code of a sandbox', () => {
    const killed = { kind: 'killed', signal: 'SIGKILL' };
    expect(explainEnd({ ...facts, signal: 'SIGKILL', isNearLimit: true })).toEqual(killed);
    expect(explainEnd({ ...facts, code: 137 })).toEqual(killed);
  });

  test.each([
    "terminate called after throwing an instance of 'std::bad_alloc'",
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    'RangeError: Array buffer allocation failed',
  ])('a process that ends with the words "%s" is out of memory', (stderr) => {
    expect(explainEnd({ ...facts, signal: 'SIGABRT', stderr })).toEqual({ kind: 'out_of_memory' });
  });

  test('a process that crashes near its limit is out of memory', () => {
    const end = explainEnd({ ...facts, signal: 'SIGSEGV', isNearLimit: true });
    expect(end).toEqual({ kind: 'out_of_memory' });
  });

  test('a process that exits by itself has crashed', () => {
    expect(explainEnd({ ...facts, code: 7 })).toEqual({ kind: 'crashed', signal: 'exit code 7' });
  });
});
