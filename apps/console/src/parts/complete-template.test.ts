import { expect, test } from '@jest/globals';
import { TEMPLATE_WORDS } from '@rat/domain';
import { completeTemplate } from './complete-template.ts';

const NAMES = {
  tables: ['bronze.orders', 'shop.silver.carts'],
  zones: ['uploads'],
  params: ['day'],
};

const labels = (before: string): string[] | undefined =>
  completeTemplate(before, NAMES)?.options.map(({ label }) => label);

test('a tag is completed with each word of the template language', () => {
  const words = Object.keys(TEMPLATE_WORDS);
  expect(labels('SELECT * FROM {{ ')).toEqual(words);
  expect(labels('{% if is_in')).toEqual(words);
});

test('outside of a tag nothing of the template language is offered', () => {
  expect(labels('SELECT * FROM ')).toBeUndefined();
  expect(labels("SELECT {{ ref('a.b') }} ")).toBeUndefined();
  expect(labels("{{ '}}' ")).toEqual(Object.keys(TEMPLATE_WORDS));
});

test('the text of a call is completed with what the call names', () => {
  expect(labels("SELECT * FROM {{ ref('")).toEqual(NAMES.tables);
  expect(labels('{{ landing_zone( "up')).toEqual(NAMES.zones);
  expect(labels("{% if param('")).toEqual(NAMES.params);
  expect(labels("{{ 'a text")).toEqual([]);
});

test('a completion replaces the word before the caret, and a call leaves the caret where its name goes', () => {
  const before = 'SELECT {{ re';
  const offer = completeTemplate(before, NAMES);
  expect(before.slice(offer?.from)).toBe('re');
  const insertOf = (word: string): unknown => {
    const found = offer?.options.find(({ label }) => label === word);
    return [found?.before, found?.after];
  };
  expect(insertOf('ref')).toEqual(["ref('", "')"]);
  expect(insertOf('is_incremental')).toEqual(['is_incremental()', '']);
  expect(insertOf('this')).toEqual(['this', '']);
});

test('a filter, an attribute and a comment of the template are not completed', () => {
  for (const before of ['{{ this | up', '{{ this.na', '{# a no'])
    expect(labels(before)).toEqual([]);
});

test('the offer opens by itself behind a letter, a quote or the brackets of a tag', () => {
  const opens = (before: string): boolean | undefined => completeTemplate(before, NAMES)?.opens;
  expect([opens('{{ '), opens('{{ r'), opens("{{ ref('"), opens('{% if ')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
