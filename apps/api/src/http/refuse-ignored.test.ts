import { describe, expect, test } from '@jest/globals';
import { OPERATIONS, type Operation } from '@rat/contracts';
import { InputError } from '@rat/domain';
import { refuseIgnored } from './refuse-ignored.ts';

const operations: [string, Operation][] = Object.entries(OPERATIONS);
const HEADERS = ['Idempotency-Key', 'If-Match', 'If-None-Match'] as const;

function isRefused(operation: Operation, header: string): boolean {
  try {
    refuseIgnored(operation, { [header.toLowerCase()]: 'sent' });
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(`${operation.path} takes no ${header}`);
    return true;
  }
}

describe('a header that an operation does not declare', () => {
  test.each(operations)('%s keeps what a header promises, or refuses it', (_, operation) => {
    const reads = operation.method === 'get' || operation.changesNothing === true;
    for (const header of HEADERS) {
      const isDeclared = header in (operation.headers ?? {});
      const isKept = header === 'Idempotency-Key' && operation.retry !== 'never';
      expect(isRefused(operation, header)).toBe(!reads && !isDeclared && !isKept);
    }
  });
});
