import { useState, type ReactNode } from 'react';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { formatBytes } from '../../parts/numbers.ts';
import { formatDuration } from '../../time.tsx';
import styles from './landing-screen.module.css';
import { dropDone, dropUpload, sendAgain, useUploads, type Upload } from './upload-queue.ts';
import { nextName, timeLeft } from './upload-speed.ts';

const WORDS: Record<Upload['state'], string> = {
  waiting: '◷ waits',
  sending: '▶ sending',
  done: '✓ arrived',
  taken: '✕ the name is taken',
  failed: '✕ refused',
  cancelled: '⊘ cancelled',
};

/** The files on their way, each with its progress, or with what to do when it was refused. */
export function UploadList(): ReactNode {
  const uploads = useUploads();
  if (uploads.length === 0) return null;
  const hasDone = uploads.some(({ state }) => state === 'done');
  return (
    <section aria-labelledby="uploads">
      <div className={styles.tools}>
        <h2 id="uploads">Uploads</h2>
        {hasDone && (
          <button type="button" onClick={dropDone}>
            Clear the arrived
          </button>
        )}
      </div>
      <Lines
        of="uploads"
        columns={[
          { name: 'File' },
          { name: 'Zone' },
          { name: 'State' },
          { name: 'Sent', as: 'number' },
          { name: 'Speed', as: 'number' },
          { name: 'Left', as: 'number' },
          { name: 'What to do', as: 'words' },
        ]}
      >
        {uploads.map((upload) => (
          <UploadLine key={upload.id} upload={upload} />
        ))}
      </Lines>
    </section>
  );
}

function UploadLine({ upload }: { upload: Upload }): ReactNode {
  const { name, file, state, mark } = upload;
  const isSending = state === 'sending';
  const left = isSending ? timeLeft(mark, file.size) : undefined;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {upload.namespace}/{upload.zone}
      </td>
      <td
        className={state === 'done' ? styles.good : state === 'sending' ? undefined : styles.quiet}
      >
        {WORDS[state]}
      </td>
      <NumberCell>
        {isSending && (
          <progress aria-label={`${name} sent`} max={Math.max(1, file.size)} value={mark.sent} />
        )}{' '}
        {isSending && `${formatBytes(Math.min(mark.sent, file.size))} of `}
        {formatBytes(file.size)}
      </NumberCell>
      <NumberCell>{isSending && mark.speed > 0 && `${formatBytes(mark.speed)}/s`}</NumberCell>
      <NumberCell>{left !== undefined && formatDuration(left)}</NumberCell>
      <WordsCell>
        <UploadActs upload={upload} />
      </WordsCell>
    </tr>
  );
}

function UploadActs({ upload }: { upload: Upload }): ReactNode {
  const { id, state, message } = upload;
  switch (state) {
    case 'waiting':
    case 'sending':
      return (
        <button type="button" onClick={() => dropUpload(id)}>
          Cancel
        </button>
      );
    case 'done':
      return null;
    case 'taken':
      return <TakenName upload={upload} />;
    case 'failed':
    case 'cancelled':
      return (
        <span className={styles.acts}>
          <span className={styles.bad}>{message}</span>
          <button type="button" onClick={() => sendAgain(id)}>
            Retry
          </button>
          <button type="button" onClick={() => dropUpload(id)}>
            Remove
          </button>
        </span>
      );
  }
}

/** The zone has other content under this name: send the file under another name, or in its place. */
function TakenName({ upload }: { upload: Upload }): ReactNode {
  const [name, setName] = useState(() => nextName(upload.name));
  return (
    <form
      className={styles.acts}
      onSubmit={(event) => {
        event.preventDefault();
        sendAgain(upload.id, { name: name.trim() });
      }}
    >
      <input
        aria-label={`another name for ${upload.name}`}
        required
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <button type="submit">Send under this name</button>
      <button type="button" onClick={() => sendAgain(upload.id, { isReplacing: true })}>
        Replace {upload.name}
      </button>
      <button type="button" onClick={() => dropUpload(upload.id)}>
        Remove
      </button>
    </form>
  );
}
