import type { CheckedIssue, InputsAnswer, ValidateCommand } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import type { Statement, TableEngine } from '@rat/engine';
import {
  compileInTime,
  findCall,
  kindsOfRun,
  TemplateError,
  type CompiledTemplate,
  type KindOfRun,
} from '@rat/pipelines';
import { testInputs } from './check-tests.ts';
import { contextOf, inWhichRun, isRefTo } from './run-kinds.ts';
import type { RenderedFile } from './to-issue.ts';

/** One kind of run, for which the template renders. */
export interface Side {
  isIncremental: boolean;
  compiled: CompiledTemplate;
  file: RenderedFile;
  statements: Statement[];
  result: Statement;
}

/** Renders the pipeline for every kind of run; kinds with the same SQL count once. */
export function renderSides(
  engine: TableEngine,
  command: ValidateCommand,
  issues: CheckedIssue[],
): Side[] {
  const sides: Side[] = [];
  for (const kind of nextFirst(kindsOfRun(command.sql, command.config.params ?? {}), command)) {
    let compiled: CompiledTemplate;
    try {
      const relation = (name: string): string => engine.inputRelation(name);
      compiled = compileInTime(command.sql, { ...contextOf(engine, command, kind), relation });
    } catch (error) {
      // The API has rendered the same templates and reports their mistakes.
      if (error instanceof TemplateError) continue;
      throw error;
    }
    if (sides.some((side) => side.compiled.sql === compiled.sql)) continue;
    const statements = engine.splitStatements(compiled.sql);
    const result = statements.pop();
    const all = result === undefined ? [] : [...statements, result];
    const file = {
      path: 'sql',
      source: command.sql,
      statements: all,
      locate: compiled.locate,
    };
    if (result === undefined) {
      const message = `the pipeline has no statement${inWhichRun(kind)}`;
      issues.push({ path: 'sql', message, line: 1, column: 1, severity: 'error', never: true });
      continue;
    }
    sides.push({ isIncremental: kind.isIncremental, compiled, file, statements, result });
  }
  return sides;
}

/** The kind of the next run comes first: its columns are the answer. */
function nextFirst(kinds: readonly KindOfRun[], { target }: ValidateCommand): KindOfRun[] {
  const isNext = ({ isIncremental }: KindOfRun): boolean =>
    isIncremental === (target !== undefined);
  return [...kinds.filter(isNext), ...kinds.filter((kind) => !isNext(kind))];
}

/** The inputs of the pipeline and of its tests, without its own table. */
export function wantedInputs(
  sides: readonly Side[],
  command: ValidateCommand,
  engine: TableEngine,
): { tables: PipelineRef[]; landingZones: string[] } {
  const own = formatRef(command.pipeline);
  const tables = new Map<string, PipelineRef>();
  const zones = new Set<string>();
  const tests = testInputs(engine, command);
  for (const { refs, landingZones } of [...sides.map(({ compiled }) => compiled), tests]) {
    for (const ref of refs) tables.set(formatRef(ref), ref);
    for (const zone of landingZones) zones.add(zone);
  }
  tables.delete(own);
  return { tables: [...tables.values()], landingZones: [...zones] };
}

/** A warning for each input of the pipeline that is not there. Tests warn about theirs themselves. */
export function missingInputs(
  { pipeline, sql }: ValidateCommand,
  sides: readonly Side[],
  { missing = {} }: InputsAnswer,
): CheckedIssue[] {
  const issues: CheckedIssue[] = [];
  for (const { compiled } of sides) {
    for (const name of compiled.refs.map(formatRef)) {
      const failure = missing[name];
      if (failure === undefined) continue;
      const place = findCall(sql, 'ref', (text) => isRefTo(text, name, pipeline.namespace));
      const fix = `run the pipeline ${name} first, or correct the name`;
      issues.push({ ...warning(failure.message), ...place, fix });
    }
    for (const zone of compiled.landingZones) {
      const failure = missing[zone];
      if (failure === undefined) continue;
      const place = findCall(sql, 'landing_zone', (text) => text === zone);
      const fix = `deliver a file into landing zone ${zone} first, or correct the name`;
      issues.push({ ...warning(failure.message), ...place, fix });
    }
  }
  return issues;
}

function warning(message: string): CheckedIssue {
  return { path: 'sql', message, severity: 'warning', never: false };
}
