import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { useMay } from '../../parts/may.ts';
import { Skeleton } from '../../parts/skeleton.tsx';
import { CodeActs } from './code-acts.tsx';
import styles from './code-tab.module.css';
import { FileList } from './file-list.tsx';
import { IssueList } from './issue-list.tsx';
import { KeptText } from './kept-text.tsx';
import { fileOfIssue, filesOf, SQL_FILE, type Files } from './pipeline-files.ts';
import { usePipelineUrl, usePlace, type TaggedPipeline } from './pipeline-place.ts';
import { PreviewChoices } from './preview-choices.tsx';
import { NO_CHOICES, readsInterval, toInputs } from './preview-inputs.ts';
import { PreviewRows } from './preview-rows.tsx';
import { SaveConflict } from './save-conflict.tsx';
import { useCompletions } from './use-completions.ts';
import { useEditedFiles } from './use-edited-files.ts';
import { usePreview } from './use-preview.ts';
import { issuesOf, useSave } from './use-save.ts';
import { useValidation } from './use-validation.ts';

const CodeEditor = lazy(async () => ({
  default: (await import('../../parts/code-editor.tsx')).CodeEditor,
}));

/** The texts of the pipeline in an editor: checked while a person types, tried before they are saved. */
export function CodeTab({ tagged }: { tagged: TaggedPipeline }): ReactNode {
  const place = usePlace();
  const url = usePipelineUrl();
  const navigate = useNavigate({ from: '/p/$namespace/$layer/$name' });
  const mayEdit = useMay('author');
  const edited = useEditedFiles(place, tagged);
  const validation = useValidation(place, edited.files, mayEdit ? tagged.pipeline : undefined);
  const preview = usePreview(place, tagged.pipeline);
  const [choices, setChoices] = useState(NO_CHOICES);
  const save = useSave(place, tagged, edited);
  const { files } = edited;
  const saved = filesOf(tagged.pipeline);
  const isBehind = edited.isChanged && edited.version !== tagged.pipeline.version;
  const [isComparing, setComparing] = useState(false);
  const other = save.conflict ?? (isComparing && isBehind ? tagged : undefined);
  const shown = url.file !== undefined && url.file in files ? url.file : SQL_FILE;
  const { answer } = validation;
  const refused = issuesOf(save.error);
  const all = useMemo(
    () => (refused.length > 0 ? refused : (answer?.issues ?? [])),
    [refused, answer],
  );
  const issues = useMemo(
    () =>
      all
        .filter(({ path }) => fileOfIssue(path) === shown)
        .map((issue) => ({ ...issue, severity: issue.severity ?? ('error' as const) })),
    [all, shown],
  );
  // An address with a line is a wish of the moment: it counts until a person leaves the place.
  const caret = useMemo(
    () => (url.line === undefined ? undefined : { line: url.line, column: url.column ?? 1 }),
    [url.line, url.column],
  );
  const params = answer?.declared_params ?? {};
  const tryOut = (asked: Files): void =>
    preview.ask(asked, toInputs(choices, { params, isAboutTime: readsInterval(asked) }));
  const { words, names } = useCompletions(tagged.pipeline, answer, files[shown] ?? '');
  const open = (file: string, line?: number, column?: number): void => {
    void navigate({
      search: (before) => ({ ...before, file, line, column }),
      replace: true,
      resetScroll: false,
    });
  };
  const start = (sent: Files, runKey?: string): void =>
    save.save({ files: sent, etag: edited.etag, runKey });
  return (
    <div className={styles.code}>
      {mayEdit ? (
        <CodeActs
          edited={edited}
          current={tagged}
          save={save}
          isPreviewing={preview.state.kind === 'running'}
          onPreview={() => tryOut(files)}
          onStop={preview.stop}
          onSave={() => start(files)}
          onRun={() => start(files, crypto.randomUUID())}
        />
      ) : (
        <p>You may read these texts. To change them needs the role author.</p>
      )}
      {mayEdit && (
        <PreviewChoices
          choices={choices}
          taken={{ params, isAboutTime: readsInterval(files) }}
          onChange={setChoices}
          onPreview={() => tryOut(files)}
        />
      )}
      {(edited.kept !== undefined || isBehind) && other === undefined && (
        <KeptText
          edited={edited}
          current={tagged}
          onCompare={isBehind ? () => setComparing(true) : undefined}
        />
      )}
      {other !== undefined && (
        <SaveConflict
          title={`${save.conflict === undefined ? '' : 'Nothing was saved: '}v${other.pipeline.version} was published after you began from v${edited.version}`}
          yours={edited}
          current={other}
          onDecide={(choice) => {
            if (choice === 'mine') edited.rebase(other);
            else edited.reset(other);
            setComparing(false);
            save.settle();
          }}
        />
      )}
      <div className={styles.desk}>
        <FileList
          files={files}
          saved={saved}
          removed={isBehind ? [] : Object.keys(saved).filter((path) => !(path in files))}
          shown={shown}
          issues={all}
          onOpen={open}
          acts={
            mayEdit
              ? {
                  onAdd: (path, text) => {
                    edited.write(path, text);
                    open(path);
                  },
                  onRemove: edited.remove,
                }
              : undefined
          }
        />
        <div className={styles.editor}>
          <Suspense fallback={<Skeleton rows={10} />}>
            <CodeEditor
              of={`${shown} ${edited.generation}`}
              initial={files[shown] ?? ''}
              label={shown}
              language={shown.endsWith('.sql') ? 'sql' : 'text'}
              issues={issues}
              caret={caret}
              words={words}
              names={names}
              acts={
                mayEdit
                  ? {
                      onChange: (text) => edited.write(shown, text),
                      onTry: (text) => tryOut({ ...files, [shown]: text }),
                      onSave: (text) => start({ ...files, [shown]: text }),
                    }
                  : undefined
              }
            />
          </Suspense>
        </div>
      </div>
      {mayEdit && (
        <IssueList validation={validation} issues={all} error={save.error} onOpen={open} />
      )}
      {mayEdit && <PreviewRows state={preview.state} />}
    </div>
  );
}
