import { expect, test } from '@jest/globals';
import { RenderBudget } from './render-budget.ts';

test('waiting for a processor does not spend a render budget, but work does', () => {
  let used = 100;
  const budget = new RenderBudget(2_000, () => used);
  used += 500;
  expect(budget.leftMs).toBe(1_500);
  used += 1_500;
  expect(budget.leftMs).toBe(0);
});

test('without processor time a render budget counts wall-clock time', () => {
  expect(new RenderBudget(0).leftMs).toBe(0);
  expect(new RenderBudget(60_000).leftMs).toBeGreaterThan(0);
});
