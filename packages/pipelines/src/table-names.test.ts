import { expect, test } from '@jest/globals';
import { compileTemplate } from './compile-template.ts';
import { replaceTableNames } from './table-names.ts';
import { TemplateError } from './template-error.ts';

const relation = (name: string): string => `inputs."${name}"`;

function compile(template: string) {
  return compileTemplate(template, {
    pipeline: { namespace: 'shop', layer: 'gold', name: 'orders' },
    runStartedAt: '2026-07-01T10:00:00.000Z',
    isIncremental: false,
    relation,
  });
}

test.each([
  ['from default.silver.x', 'from inputs."default.silver.x"'],
  ['FROM Default.Silver."x-y" t', 'FROM inputs."default.silver.x-y" t'],
  [
    'select shop.silver.a.id from shop.silver.a join "shop".bronze.b using (id)',
    'select inputs."shop.silver.a".id from inputs."shop.silver.a" join inputs."shop.bronze.b" using (id)',
  ],
  [
    '{% if true %}from default.silver.x{% endif %} -- from default.silver.y',
    'from inputs."default.silver.x" -- from default.silver.y',
  ],
  [
    'select (select max(n) from a.silver.x), trim(b)',
    'select (select max(n) from inputs."a.silver.x"), trim(b)',
  ],
  ['{% raw %}from default.silver.x{% endraw %}', 'from inputs."default.silver.x"'],
])('a table that is named as in a query is read as by ref(): %j', (template, sql) => {
  expect(compile(template).sql).toBe(sql);
});

test.each([
  "select 'from default.silver.x'",
  'select "from default.silver.x" from t',
  'from memory.silver.x',
  'from silver.x',
  'select a is distinct from s.gold.v from t',
  'select extract(year from s.gold.v), trim(both from s.gold.v) from t',
  'from default.iron.x',
  'select t.silver.x from t',
  'select $$ from default.silver.x $$',
  'from default.silver.Über',
])('nothing is replaced in %j', (template) => {
  expect(replaceTableNames(template, relation)).toMatchObject({ template, tables: [] });
});

test('the tables that rendered are inputs, and those of other branches are not', () => {
  const { refs } = compile(
    '{% if is_incremental() %}from a.silver.x{% else %}from a.silver.y join {{ ref("silver.z") }} on true{% endif %}',
  );
  expect(refs).toEqual([
    { namespace: 'shop', layer: 'silver', name: 'z' },
    { namespace: 'a', layer: 'silver', name: 'y' },
  ]);
});

test('a place in the SQL is that of the author’s file, beside, behind and within replaced names', () => {
  const template =
    'select é from default.silver.x join default.gold.y on nope\n where {{ 1 }} = wrong';
  const { sql, locate } = compile(template);
  const placeOf = (word: string) => {
    const before = sql.slice(0, sql.indexOf(word)).split('\n');
    return locate({ line: before.length, column: [...(before.at(-1) ?? '')].length + 1 });
  };
  expect(placeOf('é')).toEqual({ line: 1, column: 8 });
  expect(placeOf('inputs."default.gold')).toEqual({ line: 1, column: 37 });
  expect(placeOf('gold.y')).toEqual({ line: 1, column: 37 });
  expect(placeOf('nope')).toEqual({ line: 1, column: 55 });
  expect(placeOf('wrong')).toEqual({ line: 2, column: 18 });
});

test('a mistake in the template behind a replaced name has its place in the author’s file', () => {
  const template = 'select 1\nfrom default.silver.x where {{ nope }}';
  try {
    compile(template);
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({ line: 2, column: 32 });
    return;
  }
  throw new Error('the mistake is refused');
});

test('a template with very many names compiles in linear time', () => {
  const template = `select 1 ${'from default.silver.x\n'.repeat(20_000)}`;
  expect(replaceTableNames(template, relation).template).toHaveLength(
    template.length + 20_000 * 'inputs.""'.length,
  );
});
