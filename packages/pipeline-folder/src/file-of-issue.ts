/** The part of an issue of the API that names its place. */
interface Issue {
  path: string;
  message: string;
}

interface FileAndKey {
  file: string;
  /** What of the file is wrong: a setting, or `@setting` for an annotation; empty for its SQL. */
  key: string;
}

/**
 * An issue of the API, whose path is that of a request, as one of a folder: its path is that of the
 * file, and its message begins with the setting. An issue of anything else stays as it is.
 *
 * @example
 * inFile({ path: 'sql:@pool', message: 'has no value' }); // { path: 'pipeline.sql', message: '@pool: has no value' }
 */
export function inFile<T extends Issue>(issue: T): T {
  const found = findFile(issue.path);
  if (found === undefined) return issue;
  const { file, key } = found;
  const isSaid = key === '' || issue.message.startsWith(`${key.replace('@', '')}: `);
  return { ...issue, path: file, message: isSaid ? issue.message : `${key}: ${issue.message}` };
}

function findFile(path: string): FileAndKey | undefined {
  const { field, rest = '' } = FIELD.exec(path)?.groups ?? {};
  const key = rest.replace(/^[.:]/, '');
  switch (field) {
    case 'sql':
      return { file: 'pipeline.sql', key };
    case 'config':
      return { file: 'config.yaml', key };
    case 'automation_yaml':
      return { file: 'automation.yaml', key };
    default:
  }
  const { name, below = '' } = TEST.exec(path)?.groups ?? {};
  if (name === undefined) return undefined;
  const setting = below.replace(/^[.:]/, '');
  return { file: `tests/quality/${name}.sql`, key: setting === 'sql' ? '' : setting };
}

const FIELD = /^(?<field>sql|config|automation_yaml)(?<rest>[.:].+)?$/;
/** A number is the place in a list and no name. */
const TEST = /^quality_tests\.(?!\d+(?:\.|$))(?<name>[^.:]+)(?<below>[.:].+)?$/;
