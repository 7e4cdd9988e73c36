import { expect, test } from '@jest/globals';
import { placeInText } from './mistake-place.ts';

test('a mistake is marked at its place also behind empty lines and an indent', () => {
  const place = { message: 'no such column', line: 1, column: 8 };
  expect(placeInText('SELECT amont', place)).toMatchObject({ line: 1, column: 8 });
  expect(placeInText('\n\n  SELECT amont', place)).toMatchObject({ line: 3, column: 10 });
  expect(placeInText('\n SELECT\n  amont', { ...place, line: 2, column: 3 })).toMatchObject({
    line: 3,
    column: 3,
  });
});
