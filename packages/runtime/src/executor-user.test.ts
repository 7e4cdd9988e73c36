import { describe, expect, test } from '@jest/globals';
import { chooseExecutorUser, homeGroup } from './executor-user.ts';

const isRoot = process.getuid?.() === 0;
const rootOnly = isRoot ? test : test.skip;

describe('chooseExecutorUser', () => {
  test('none and same mean that executors run as the runner’s own user', () => {
    for (const word of ['none', 'same']) expect(chooseExecutorUser(word)).toBeUndefined();
  });

  rootOnly('without a setting, root has executors of reserved ids, none of them its own', () => {
    const user = chooseExecutorUser(undefined);
    expect(user?.uids[0]).toBeGreaterThan(0);
    expect(user?.uids[1]).toBeGreaterThan(user?.uids[0] ?? 0);
    expect(homeGroup(user)).toBe(user?.gid);
  });

  rootOnly('a uid, a uid with a gid and a name are one user', () => {
    expect(chooseExecutorUser('4711')).toEqual({ uids: [4711, 4711], gid: 4711 });
    expect(chooseExecutorUser('4711:815')).toEqual({ uids: [4711, 4711], gid: 815 });
    expect(chooseExecutorUser('nobody')?.uids[0]).toBeGreaterThan(0);
  });

  rootOnly('root, a group of root and an unknown name are refused by name', () => {
    for (const word of ['0', '0:5', '5:0', 'root', 'no-such-user', '-1', '1:2:3']) {
      expect(() => chooseExecutorUser(word)).toThrow(/^RAT_EXECUTOR_USER: /);
    }
  });
});
