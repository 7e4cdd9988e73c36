import type { SQLNamespace } from '@codemirror/lang-sql';
import { setDiagnostics } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from 'react';
import styles from './code-editor.module.css';
import type { TemplateNames } from './complete-template.ts';
import { editorExtensions, READ_ONLY, type EditorLanguage } from './editor-extensions.ts';
import { findOffset, toDiagnostics, type EditorIssue } from './editor-issues.ts';

/** What an editor reports to its page. */
export interface EditorActs {
  onChange: (text: string) => void;
  /** Ctrl-Enter, with the text as it is: the page may not have rendered the last change yet. */
  onTry?: (text: string) => void;
  /** Ctrl-S, with the text likewise. */
  onSave?: (text: string) => void;
  /** Escape, where the editor does not need it itself. Returns whether it did something. */
  onEscape?: () => boolean;
}

/** What a page does with an editor from outside. */
export interface EditorHandle {
  /** Puts a text where the cursor is. */
  insert: (text: string) => void;
}

interface EditorProps {
  initial: string;
  label: string;
  language: EditorLanguage;
  issues: readonly EditorIssue[];
  /** Where the caret begins, from 1; the editor takes the focus then. */
  caret?: { line: number; column: number } | undefined;
  /** What is offered while a person types. */
  words?: readonly string[];
  /** What is offered behind a dot. */
  tree?: SQLNamespace;
  /** What the calls of a template may name; without it the text is no template. */
  names?: TemplateNames;
  /** Undefined: the text is only read. */
  acts: EditorActs | undefined;
  ref?: Ref<EditorHandle>;
}

/**
 * An editor of one text. It holds the text itself: `initial` is read when `of` changes, and later changes go out by `onChange`.
 * It stands in a shadow root, because in a document the page's policy refuses its styles.
 */
export function CodeEditor({ of, ...props }: EditorProps & { of: string }): ReactNode {
  return <Editor key={of} {...props} />;
}

function Editor({
  initial,
  label,
  language,
  issues,
  caret,
  words = [],
  tree,
  names,
  acts,
  ref,
}: EditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ initial, label, language, acts, words, tree, names });
  useEffect(() => {
    latest.current = { initial, label, language, acts, words, tree, names };
  });
  const { line, column } = caret ?? {};
  useEffect(() => {
    const host = place.current;
    if (host === null) return undefined;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const made = new EditorView({
      doc: latest.current.initial,
      root,
      parent: root,
      extensions: [
        editorExtensions({
          label: latest.current.label,
          language: latest.current.language,
          completions: {
            wordsOf: () => latest.current.words,
            treeOf: () => latest.current.tree,
            namesOf: () => latest.current.names,
          },
          onChange: (text) => latest.current.acts?.onChange(text),
          onTry: (text) => latest.current.acts?.onTry?.(text),
          onSave: (text) => latest.current.acts?.onSave?.(text),
          onEscape: () => latest.current.acts?.onEscape?.() ?? false,
        }),
        latest.current.acts === undefined ? READ_ONLY : [],
      ],
    });
    view.current = made;
    return () => {
      view.current = undefined;
      made.destroy();
    };
  }, []);
  useEffect(() => {
    if (view.current === undefined || line === undefined) return;
    const { state } = view.current;
    const at = findOffset(state.doc, line, column ?? 1);
    view.current.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: 'center' }),
    });
    view.current.focus();
  }, [line, column]);
  useEffect(() => {
    const { current } = view;
    if (current === undefined) return;
    current.dispatch(setDiagnostics(current.state, toDiagnostics(current.state.doc, issues)));
  }, [issues]);
  useImperativeHandle(ref, () => ({
    insert: (text) => {
      const { current } = view;
      if (current === undefined) return;
      current.dispatch(current.state.replaceSelection(text), { scrollIntoView: true });
      current.focus();
    },
  }));
  return <div ref={place} className={styles.editor} />;
}
