import { closeBrackets } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintGutter } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, type Transaction } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { sqlCompletions, type CompletionFacts } from './editor-completions.ts';

/** `text`: nothing is coloured. */
export type EditorLanguage = 'sql' | 'text';

const MONO =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/** The colours of the page's theme, which pass through the border of the shadow root. */
const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--raised)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: MONO, lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': {
    color: 'var(--quiet)',
    backgroundColor: 'var(--panel)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--text)', fontWeight: '600' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'var(--selected)' },
  '.cm-tooltip, .cm-panels': {
    color: 'var(--text)',
    backgroundColor: 'var(--panel)',
    border: '1px solid var(--line-strong)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--text)',
    backgroundColor: 'var(--selected)',
  },
  '.cm-diagnostic': { whiteSpace: 'pre-wrap', maxWidth: '70ch' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--failed) 1px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--quarantined) 1px',
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--link)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--success)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--quiet)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--quarantined)' },
]);

/**
 * Replaces a selection by what is typed. Chromium would put the typed text into an element with an inline style, which the page's
 * policy blocks and reports.
 */
const typeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data: text, inputType } = event;
    const { from, to, empty } = view.state.selection.main;
    if (inputType !== 'insertText' || text === null || empty || view.composing) return false;
    event.preventDefault();
    const insert = (): Transaction =>
      view.state.update(view.state.replaceSelection(text), {
        userEvent: 'input.type',
        scrollIntoView: true,
      });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  },
});

/** A text that is only read. It can still take the focus, so that the keyboard scrolls it. */
export const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: '0' }),
];

/** What an editor consists of. */
export function editorExtensions(options: {
  label: string;
  language: EditorLanguage;
  completions?: CompletionFacts;
  onChange: (text: string) => void;
  onTry: (text: string) => void;
  onSave: (text: string) => void;
  onEscape?: () => boolean;
}): Extension {
  const run =
    (act: (text: string) => void) =>
    ({ state }: EditorView): boolean => {
      act(state.doc.toString());
      return true;
    };
  return [
    keymap.of([
      { key: 'Mod-Enter', run: run(options.onTry) },
      { key: 'Mod-s', run: run(options.onSave), preventDefault: true },
    ]),
    lineNumbers(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    typeOverSelection,
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    lintGutter(),
    EditorState.tabSize.of(2),
    options.language === 'sql'
      ? [
          sql({ dialect: PostgreSQL }),
          options.completions === undefined ? [] : sqlCompletions(options.completions),
        ]
      : [],
    syntaxHighlighting(colours),
    theme,
    // Escape, then Tab, leaves the editor: the keyboard is never caught.
    keymap.of([
      ...searchKeymap,
      { key: 'Escape', run: () => options.onEscape?.() ?? false },
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({
      'aria-label': options.label,
      spellcheck: 'false',
      // A box that scrolls must be in the way of the Tab key.
      tabindex: '0',
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange(update.state.doc.toString());
    }),
  ];
}
