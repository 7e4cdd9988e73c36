import { useState, type ReactNode } from 'react';
import styles from './file-list.module.css';
import { fileOfIssue, testFile, type Files } from './pipeline-files.ts';

const NAME = '[a-z][a-z0-9_]*';

/** The files of the pipeline, which of them are changed, and which have mistakes. */
export function FileList({
  files,
  saved,
  shown,
  issues,
  onOpen,
  onAdd,
}: {
  files: Files;
  /** As they are stored. */
  saved: Files;
  shown: string;
  issues: readonly { path: string; severity?: string | undefined }[];
  onOpen: (path: string) => void;
  onAdd: (path: string, text: string) => void;
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
      <NewTest files={files} onAdd={onAdd} />
    </nav>
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
      <button type="button" className={styles.add} onClick={() => setName('')}>
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
