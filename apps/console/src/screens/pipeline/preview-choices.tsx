import type { ParamSpec } from '@rat/domain';
import type { ReactNode } from 'react';
import styles from './preview-choices.module.css';
import type { PreviewChoices as Choices, Taken } from './preview-inputs.ts';

/**
 * What the next preview has and computes: a comparison, a full refresh, the time that it is about, and a field for each
 * parameter.
 */
export function PreviewChoices({
  choices,
  taken,
  onChange,
  onPreview,
}: {
  choices: Choices;
  taken: Taken;
  onChange: (choices: Choices) => void;
  onPreview: () => void;
}): ReactNode {
  const params = Object.entries(taken.params);
  return (
    <div className={styles.choices}>
      <fieldset className={styles.group}>
        <legend>The preview:</legend>
        <label>
          <input
            type="checkbox"
            checked={choices.isCompared}
            onChange={({ target }) => onChange({ ...choices, isCompared: target.checked })}
          />
          compare with the table
        </label>
        <label>
          <input
            type="checkbox"
            checked={choices.isFullRefresh}
            onChange={({ target }) => onChange({ ...choices, isFullRefresh: target.checked })}
          />
          as a full refresh
        </label>
      </fieldset>
      {taken.isAboutTime && (
        <fieldset className={styles.group} aria-label="time that the run is about">
          {(['from', 'until'] as const).map((bound) => (
            <TextField
              key={bound}
              name={bound}
              type="UTC"
              text={choices[bound]}
              unless="such as 2026-11-28"
              onChange={(text) => onChange({ ...choices, [bound]: text })}
              onPreview={onPreview}
            />
          ))}
        </fieldset>
      )}
      {params.length > 0 && (
        <fieldset className={styles.group} aria-label="values of the parameters">
          {params.map(([name, spec]) => (
            <Field
              key={name}
              name={name}
              spec={spec}
              text={choices.values[name] ?? ''}
              onChange={(text) =>
                onChange({ ...choices, values: { ...choices.values, [name]: text } })
              }
              onPreview={onPreview}
            />
          ))}
        </fieldset>
      )}
    </div>
  );
}

const BOOLEANS = ['true', 'false'];

/** Its empty value is the default of the parameter. */
function Field({
  name,
  spec,
  text,
  onChange,
  onPreview,
}: {
  name: string;
  spec: ParamSpec;
  text: string;
  onChange: (text: string) => void;
  onPreview: () => void;
}): ReactNode {
  const words = spec.type === 'boolean' ? BOOLEANS : spec.values;
  const unless = spec.default === undefined ? 'NULL' : `default: ${spec.default}`;
  if (words !== undefined)
    return (
      <label>
        <span>{name}</span>
        <select value={text} onChange={({ target }) => onChange(target.value)}>
          <option value="">{unless}</option>
          {words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      </label>
    );
  return (
    <TextField
      name={name}
      type={spec.type}
      text={text}
      unless={unless}
      onChange={onChange}
      onPreview={onPreview}
    />
  );
}

/** A label, and a text; Enter in it previews. */
function TextField({
  name,
  type,
  text,
  unless,
  onChange,
  onPreview,
}: {
  name: string;
  type: string;
  text: string;
  unless: string;
  onChange: (text: string) => void;
  onPreview: () => void;
}): ReactNode {
  return (
    <label>
      <span>
        {name} <span className={styles.type}>{type}</span>
      </span>
      <input
        value={text}
        placeholder={unless}
        onChange={({ target }) => onChange(target.value)}
        onKeyDown={({ key }) => {
          if (key === 'Enter') onPreview();
        }}
      />
    </label>
  );
}
