import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const TEXT = { type: 'string', minLength: 1 };
const URI = { type: 'string', format: 'uri' };
const TIME = { type: 'string', format: 'date-time' };
const COUNT = { type: 'integer', minimum: 0 };

/** A facet has two fields of its own besides those of its kind. */
function facet(fields: Record<string, object>, required: string[]): object {
  return {
    type: 'object',
    required: ['_producer', '_schemaURL', ...required],
    properties: { _producer: URI, _schemaURL: URI, ...fields },
    additionalProperties: false,
  };
}

/** Facets that are not listed here would be sent without a check, so they are refused. */
function facets(known: Record<string, object>): object {
  return { type: 'object', properties: known, additionalProperties: false };
}

const COLUMN = {
  type: 'object',
  required: ['name'],
  properties: { name: TEXT, type: TEXT, description: { type: 'string' } },
};

const DATASET = {
  namespace: TEXT,
  name: TEXT,
  facets: facets({
    schema: facet({ fields: { type: 'array', items: COLUMN } }, []),
    version: facet({ datasetVersion: TEXT }, ['datasetVersion']),
  }),
};

function dataset(more: Record<string, object> = {}): object {
  return {
    type: 'object',
    required: ['namespace', 'name'],
    properties: { ...DATASET, ...more },
    additionalProperties: false,
  };
}

/**
 * The requirements of the specification of OpenLineage, version 2-0-2, for a run event and for the
 * facets that this project sends, in words of our own. It is stricter in one point: what is not sent is refused.
 */
const RUN_EVENT = {
  type: 'object',
  required: ['eventTime', 'producer', 'schemaURL', 'run', 'job'],
  properties: {
    eventType: { enum: ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'] },
    eventTime: TIME,
    producer: URI,
    schemaURL: URI,
    run: {
      type: 'object',
      required: ['runId'],
      properties: {
        runId: { type: 'string', format: 'uuid' },
        facets: facets({
          errorMessage: facet({ message: { type: 'string' }, programmingLanguage: TEXT }, [
            'message',
            'programmingLanguage',
          ]),
          nominalTime: facet({ nominalStartTime: TIME, nominalEndTime: TIME }, [
            'nominalStartTime',
          ]),
        }),
      },
      additionalProperties: false,
    },
    job: {
      type: 'object',
      required: ['namespace', 'name'],
      properties: {
        namespace: TEXT,
        name: TEXT,
        facets: facets({
          jobType: facet({ processingType: TEXT, integration: TEXT, jobType: TEXT }, [
            'processingType',
            'integration',
          ]),
        }),
      },
      additionalProperties: false,
    },
    inputs: { type: 'array', items: dataset() },
    outputs: {
      type: 'array',
      items: dataset({
        outputFacets: facets({
          outputStatistics: facet({ rowCount: COUNT, size: COUNT }, ['rowCount']),
        }),
      }),
    },
  },
  additionalProperties: false,
};

const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv);
const isValid = ajv.compile(RUN_EVENT);

/** The mistakes of an OpenLineage event, one line each; none for a valid one. */
export function checkLineageEvent(event: unknown): string[] {
  if (isValid(event)) return [];
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
