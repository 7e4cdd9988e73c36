import {
  autocompletion,
  startCompletion,
  type Completion,
  type CompletionSource,
} from '@codemirror/autocomplete';
import {
  keywordCompletionSource,
  PostgreSQL,
  schemaCompletionSource,
  type SQLNamespace,
} from '@codemirror/lang-sql';
import type { Extension } from '@codemirror/state';
import { completeTemplate, type TemplateNames, type TemplateOption } from './complete-template.ts';

/** What an editor of SQL offers while a person types. Each is read when it is needed. */
export interface CompletionFacts {
  wordsOf: () => readonly string[];
  /** What is offered behind a dot. */
  treeOf: () => SQLNamespace | undefined;
  /** What the calls of a template may name; undefined: the text is no template. */
  namesOf: () => TemplateNames | undefined;
}

/** Completes SQL, and within the tags of a template the words of the template alone. */
export function sqlCompletions({ wordsOf, treeOf, namesOf }: CompletionFacts): Extension {
  const offerTemplate: CompletionSource = ({ state, pos, explicit }) => {
    const names = namesOf();
    const offer = names && completeTemplate(state.sliceDoc(0, pos), names);
    if (offer === undefined || (!explicit && !offer.opens)) return null;
    return { from: offer.from, options: offer.options.map(toCompletion), validFor: /^[\w.]*$/ };
  };
  const offerWords: CompletionSource = (context) => {
    const word = context.matchBefore(/[\w.]+/);
    if (word === null && !context.explicit) return null;
    const labels = wordsOf().map((label) => ({ label }));
    return { from: word?.from ?? context.pos, options: labels, validFor: /^[\w.]*$/ };
  };
  const offerTree: CompletionSource = (context) => {
    const schema = treeOf();
    if (schema === undefined || context.matchBefore(/\.\w*/) === null) return null;
    return schemaCompletionSource({ dialect: PostgreSQL, schema })(context);
  };
  const outsideOfTags =
    (source: CompletionSource): CompletionSource =>
    (context) => {
      const names = namesOf();
      const before = (): string => context.state.sliceDoc(0, context.pos);
      return names !== undefined && completeTemplate(before(), names) !== undefined
        ? null
        : source(context);
    };
  const ofSql = [keywordCompletionSource(PostgreSQL), offerWords, offerTree];
  return autocompletion({ icons: false, override: [offerTemplate, ...ofSql.map(outsideOfTags)] });
}

function toCompletion({ label, detail, before, after }: TemplateOption): Completion {
  return {
    label,
    detail,
    apply: (view, _, from, to) => {
      // The parentheses may be there already.
      const isCalled = view.state.sliceDoc(to, to + 1) === '(';
      const [start, end] = isCalled ? [label, ''] : [before, after];
      view.dispatch({
        changes: { from, to, insert: start + end },
        selection: { anchor: from + start.length },
        userEvent: 'input.complete',
      });
      // The caret stands where a name goes: the names are offered next.
      if (end !== '') startCompletion(view);
    },
  };
}
