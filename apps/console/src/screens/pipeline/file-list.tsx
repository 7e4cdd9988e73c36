import { useState, type ReactNode } from 'react';
import { Consent } from '../../parts/consent.tsx';
import styles from './file-list.module.css';
import { fileOfIssue, testFile, testOf, type Files } from './pipeline-files.ts';

const NAME = '[a-z][a-z0-9_]*';

/** How the files of a pipeline become more and fewer. */
interface FileActs {
  onAdd: (path: string, text: string) => void;
  onRemove: (path: string) => void;
}

/** The files of the pipeline, which of them are changed, and which have mistakes. */
export function FileList({
  files,
  saved,
  removed,
  shown,
  issues,
  onOpen,
  acts,
}: {
  files: Files;
  /** As they are stored. */
  saved: Files;
  /** The stored ones that a save would delete. */
  removed: readonly string[];
  shown: string;
  issues: readonly { path: string; severity?: string | undefined }[];
  onOpen: (path: string) => void;
  /** Undefined: the person may not change them. */
  acts: FileActs | undefined;
}): ReactNode {
  const wrong = new Set(
    issues.filter(({ severity }) => severity !== 'warning').map(({ path }) => fileOfIssue(path)),
  );
  return (
    <nav aria-label="files of the pipeline" className={styles.list}>
      {Object.keys(files).map((path) => (
        <button
          key={path}
          type="button"
          aria-current={path === shown ? 'true' : undefined}
          className={`${styles.file} ${path === shown ? styles.shown : ''}`}
          onClick={() => onOpen(path)}
        >
          <span className={styles.path}>{path}</span>
          {files[path] !== saved[path] && <span title="changed, not saved">●</span>}
          {wrong.has(path) && (
            <span className={styles.wrong} title="has errors">
              ✕
            </span>
          )}
        </button>
      ))}
      {acts !== undefined &&
        removed.map((path) => (
          <div key={path} className={styles.removed}>
            <del className={styles.path}>{path}</del>
            <button type="button" onClick={() => acts.onAdd(path, saved[path] ?? '')}>
              Put back
            </button>
          </div>
        ))}
      {acts !== undefined && (
        <div className={styles.acts}>
          <NewTest files={files} onAdd={acts.onAdd} />
          <DeleteTest key={shown} path={shown} isSaved={shown in saved} onRemove={acts.onRemove} />
        </div>
      )}
    </nav>
  );
}

function DeleteTest({
  path,
  isSaved,
  onRemove,
}: {
  path: string;
  isSaved: boolean;
  onRemove: (path: string) => void;
}): ReactNode {
  const test = testOf(path);
  if (test === undefined) return null;
  return (
    <Consent
      label="Delete this test…"
      title={`Delete the test ${test}?`}
      act="Delete"
      onConsent={async () => onRemove(path)}
    >
      {isSaved
        ? 'Nothing is deleted before you save. Then new runs do not make this test; what it has found stays.'
        : 'It was never saved: its text is lost.'}
    </Consent>
  );
}

/** Requests the name of a new quality test. */
function NewTest({
  files,
  onAdd,
}: {
  files: Files;
  onAdd: (path: string, text: string) => void;
}): ReactNode {
  const [name, setName] = useState<string>();
  if (name === undefined)
    return (
      <button type="button" onClick={() => setName('')}>
        Add a test…
      </button>
    );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        const path = testFile(name);
        if (!(path in files)) onAdd(path, '-- Rows that should not exist.\nSELECT *\nFROM ');
        setName(undefined);
      }}
    >
      <input
        aria-label="name of the test"
        placeholder="name_of_the_test"
        pattern={NAME}
        title="small letters, digits and _"
        required
        // The person has just opened this field.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <button type="submit">Add</button>
    </form>
  );
}
