// Made by `npm run docs:openapi` from the operations of the contract. Do not change it by hand.

/** The operation behind each method of the client, as text: its method, path, retry, body, query and paging. */
export const ROUTES = {
  runs: {
    list: 'GET /api/v1/runs safe query? cursor:runs',
    stats: 'GET /api/v1/runs/stats safe query?',
    create: 'POST /api/v1/runs key body',
    get: 'GET /api/v1/runs/{id} safe',
    why: 'GET /api/v1/runs/{id}/why safe',
    sql: 'GET /api/v1/runs/{id}/sql safe',
    logs: 'GET /api/v1/runs/{id}/logs safe query? after:logs',
    quality: 'GET /api/v1/runs/{id}/quality safe',
    failingRows: 'GET /api/v1/runs/{id}/quality/{test}/rows safe query?',
    cancel: 'POST /api/v1/runs/{id}/cancel safe body?',
    cancelMany: 'POST /api/v1/runs/cancel safe body',
    rerun: 'POST /api/v1/runs/{id}/rerun key',
    rerunMany: 'POST /api/v1/runs/rerun key body',
    reproduce: 'POST /api/v1/runs/{id}/reproduce key',
    publish: 'POST /api/v1/runs/{id}/publish never body',
    discard: 'POST /api/v1/runs/{id}/discard never body?',
    revert: 'POST /api/v1/runs/{id}/revert never body?',
    getRunCauses: 'GET /api/v1/runs/{id}/causes safe',
  },
  namespaces: {
    list: 'GET /api/v1/namespaces safe query? offset:namespaces',
    create: 'POST /api/v1/namespaces key body',
    get: 'GET /api/v1/namespaces/{namespace} safe',
    put: 'PUT /api/v1/namespaces/{namespace} safe body',
    delete: 'DELETE /api/v1/namespaces/{namespace} safe',
  },
  pipelines: {
    list: 'GET /api/v1/pipelines safe query? offset:pipelines',
    create: 'POST /api/v1/pipelines key body',
    get: 'GET /api/v1/pipelines/{namespace}/{layer}/{name} safe',
    put: 'PUT /api/v1/pipelines/{namespace}/{layer}/{name} safe body',
    delete: 'DELETE /api/v1/pipelines/{namespace}/{layer}/{name} safe query?',
    validate: 'POST /api/v1/pipelines/validate safe body',
    preview: 'POST /api/v1/pipelines/preview safe body',
    previewStored: 'POST /api/v1/pipelines/{namespace}/{layer}/{name}/preview safe body?',
    metadata: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/metadata safe',
    retention: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/retention safe',
    putRetention: 'PUT /api/v1/pipelines/{namespace}/{layer}/{name}/retention safe body',
    getWhyNot: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/why-not safe',
  },
  versions: {
    list: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions safe query? offset:versions',
    get: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions/{version} safe',
    diff: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/versions/diff safe query',
    restore:
      'POST /api/v1/pipelines/{namespace}/{layer}/{name}/versions/{version}/restore key body?',
    rollback: 'POST /api/v1/pipelines/{namespace}/{layer}/{name}/rollback key body',
  },
  drafts: {
    get: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/draft safe',
    put: 'PUT /api/v1/pipelines/{namespace}/{layer}/{name}/draft safe body',
    delete: 'DELETE /api/v1/pipelines/{namespace}/{layer}/{name}/draft safe',
    diff: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/draft/diff safe query?',
    publish: 'POST /api/v1/pipelines/{namespace}/{layer}/{name}/publish key body?',
  },
  files: {
    list: 'GET /api/v1/files safe query?',
    read: 'GET /api/v1/files/{*path} safe',
    write: 'PUT /api/v1/files/{*path} safe body',
    delete: 'DELETE /api/v1/files/{*path} safe',
    upload: 'POST /api/v1/files/upload safe raw',
  },
  tests: {
    list: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/tests safe',
    create: 'POST /api/v1/pipelines/{namespace}/{layer}/{name}/tests key body',
    delete: 'DELETE /api/v1/pipelines/{namespace}/{layer}/{name}/tests/{test} safe',
    run: 'POST /api/v1/pipelines/{namespace}/{layer}/{name}/tests/run key',
    history:
      'GET /api/v1/pipelines/{namespace}/{layer}/{name}/tests/{test}/history safe query? offset:results',
    metadata: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/metadata/quality safe',
  },
  tables: {
    list: 'GET /api/v1/tables safe query? offset:tables',
    schema: 'GET /api/v1/schema safe query?',
    get: 'GET /api/v1/tables/{namespace}/{layer}/{name} safe',
    drop: 'DELETE /api/v1/tables/{namespace}/{layer}/{name} never query?',
    undrop: 'POST /api/v1/tables/{namespace}/{layer}/{name}/undrop key body?',
    putMetadata: 'PUT /api/v1/tables/{namespace}/{layer}/{name}/metadata safe body',
    profile: 'GET /api/v1/tables/{namespace}/{layer}/{name}/profile safe',
    diff: 'GET /api/v1/tables/{namespace}/{layer}/{name}/diff safe query',
    preview: 'GET /api/v1/tables/{namespace}/{layer}/{name}/preview safe query?',
    query: 'POST /api/v1/query safe body query?',
    maintain: 'POST /api/v1/maintenance key body?',
  },
  landingZones: {
    list: 'GET /api/v1/landing-zones safe query? offset:landing_zones',
    listOf: 'GET /api/v1/landing-zones/{namespace} safe query? offset:landing_zones',
    create: 'POST /api/v1/landing-zones key body',
    get: 'GET /api/v1/landing-zones/{namespace}/{zone} safe',
    put: 'PUT /api/v1/landing-zones/{namespace}/{zone} safe body',
    delete: 'DELETE /api/v1/landing-zones/{namespace}/{zone} never query?',
    lifecycle: 'GET /api/v1/landing-zones/{namespace}/{zone}/lifecycle safe',
    putLifecycle: 'PUT /api/v1/landing-zones/{namespace}/{zone}/lifecycle safe body',
    files: 'GET /api/v1/landing-zones/{namespace}/{zone}/files safe query? offset:files',
    file: 'GET /api/v1/landing-zones/{namespace}/{zone}/files/{name} safe',
    upload: 'POST /api/v1/landing-zones/{namespace}/{zone}/files key raw query?',
    deleteFile: 'DELETE /api/v1/landing-zones/{namespace}/{zone}/files/{name} never',
    samples: 'GET /api/v1/landing-zones/{namespace}/{zone}/samples safe',
    uploadSample: 'POST /api/v1/landing-zones/{namespace}/{zone}/samples never raw query?',
    deleteSample: 'DELETE /api/v1/landing-zones/{namespace}/{zone}/samples/{name} never',
  },
  schedules: {
    list: 'GET /api/v1/schedules safe query? offset:schedules',
    create: 'POST /api/v1/schedules key body',
    preview: 'POST /api/v1/schedules/preview safe body',
    get: 'GET /api/v1/schedules/{id} safe',
    change: 'PUT /api/v1/schedules/{id} safe body',
    delete: 'DELETE /api/v1/schedules/{id} safe',
    getOf: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/schedules/{schedule} safe',
    putOf: 'PUT /api/v1/pipelines/{namespace}/{layer}/{name}/schedules/{schedule} safe body',
    deleteOf: 'DELETE /api/v1/pipelines/{namespace}/{layer}/{name}/schedules/{schedule} safe',
    pause: 'POST /api/v1/schedules/{id}/pause safe body?',
    resume: 'POST /api/v1/schedules/{id}/resume safe body?',
    run: 'POST /api/v1/schedules/{id}/run key body?',
    next: 'GET /api/v1/schedules/{id}/next safe query?',
    firings: 'GET /api/v1/schedules/{id}/firings safe query? cursor:firings',
  },
  triggers: {
    list: 'GET /api/v1/triggers safe query? offset:triggers',
    get: 'GET /api/v1/triggers/{id} safe',
    pause: 'POST /api/v1/triggers/{id}/pause safe body?',
    resume: 'POST /api/v1/triggers/{id}/resume safe body?',
    run: 'POST /api/v1/triggers/{id}/run key body?',
    firings: 'GET /api/v1/triggers/{id}/firings safe query? cursor:firings',
    listOf: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/triggers safe',
    createOf: 'POST /api/v1/pipelines/{namespace}/{layer}/{name}/triggers key body',
    getOf: 'GET /api/v1/pipelines/{namespace}/{layer}/{name}/triggers/{trigger} safe',
    putOf: 'PUT /api/v1/pipelines/{namespace}/{layer}/{name}/triggers/{trigger} safe body',
    deleteOf: 'DELETE /api/v1/pipelines/{namespace}/{layer}/{name}/triggers/{trigger} safe',
  },
  lineage: {
    get: 'GET /api/v1/lineage safe query?',
    getColumnLineage: 'GET /api/v1/lineage/columns safe query',
  },
  runners: { list: 'GET /api/v1/runners safe', drain: 'POST /api/v1/runners/{id}/drain safe' },
  pools: { list: 'GET /api/v1/pools safe' },
  retention: {
    get: 'GET /api/v1/admin/retention/config safe',
    put: 'PUT /api/v1/admin/retention/config safe body',
    status: 'GET /api/v1/admin/retention/status safe',
    run: 'POST /api/v1/admin/retention/run safe',
  },
  tokens: {
    list: 'GET /api/v1/tokens safe query? offset:tokens',
    create: 'POST /api/v1/tokens never body',
    get: 'GET /api/v1/tokens/{id} safe',
    put: 'PUT /api/v1/tokens/{id} safe body',
    delete: 'DELETE /api/v1/tokens/{id} never',
  },
  session: {
    create: 'POST /api/v1/session never body',
    get: 'GET /api/v1/session safe',
    delete: 'DELETE /api/v1/session safe',
  },
  views: {
    list: 'GET /api/v1/views safe query? offset:views',
    create: 'POST /api/v1/views key body',
    get: 'GET /api/v1/views/{id} safe',
    put: 'PUT /api/v1/views/{id} safe body',
    delete: 'DELETE /api/v1/views/{id} never',
  },
  audit: { list: 'GET /api/v1/audit safe query? cursor:entries' },
  system: {
    search: 'GET /api/v1/search safe query',
    index: 'GET / safe',
    health: 'GET /health safe',
    live: 'GET /health/live safe',
    ready: 'GET /health/ready safe',
    openApi: 'GET /openapi.json safe',
    features: 'GET /api/v1/features safe',
    me: 'GET /api/v1/me safe',
    streamTicket: 'POST /api/v1/stream-tickets never',
  },
  runGroups: {
    createRunGroup: 'POST /api/v1/run-groups key body',
    getRunGroup: 'GET /api/v1/run-groups/{id} safe',
    cancelRunGroup: 'POST /api/v1/run-groups/{id}/cancel safe',
    retryRunGroup: 'POST /api/v1/run-groups/{id}/retry key',
  },
  webhooks: {
    receiveDelivery: 'POST /api/v1/webhooks/{id} key raw',
    fireWebhook: 'POST /api/v1/webhooks key raw',
  },
  sessions: { endSessions: 'DELETE /api/v1/sessions/{principal} safe' },
} as const;

/** The id of the operation behind each method of the client. */
export type MethodOperations = {
  runs: {
    list: 'listRuns';
    stats: 'getRunStats';
    create: 'createRun';
    get: 'getRun';
    why: 'getRunWhy';
    sql: 'getRunSql';
    logs: 'getRunLogs';
    quality: 'getRunQuality';
    failingRows: 'getFailingRows';
    cancel: 'cancelRun';
    cancelMany: 'cancelRuns';
    rerun: 'rerunRun';
    rerunMany: 'rerunRuns';
    reproduce: 'reproduceRun';
    publish: 'publishRun';
    discard: 'discardRun';
    revert: 'revertRun';
    getRunCauses: 'getRunCauses';
  };
  namespaces: {
    list: 'listNamespaces';
    create: 'createNamespace';
    get: 'getNamespace';
    put: 'putNamespace';
    delete: 'deleteNamespace';
  };
  pipelines: {
    list: 'listPipelines';
    create: 'createPipeline';
    get: 'getPipeline';
    put: 'putPipeline';
    delete: 'deletePipeline';
    validate: 'validatePipeline';
    preview: 'previewPipeline';
    previewStored: 'previewStoredPipeline';
    metadata: 'getPipelineMetadata';
    retention: 'getPipelineRetention';
    putRetention: 'putPipelineRetention';
    getWhyNot: 'getWhyNot';
  };
  versions: {
    list: 'listVersions';
    get: 'getVersion';
    diff: 'diffVersions';
    restore: 'restoreVersion';
    rollback: 'rollbackPipeline';
  };
  drafts: {
    get: 'getDraft';
    put: 'putDraft';
    delete: 'deleteDraft';
    diff: 'diffDraft';
    publish: 'publishDraft';
  };
  files: {
    list: 'listFiles';
    read: 'readFile';
    write: 'writeFile';
    delete: 'deleteFile';
    upload: 'uploadFile';
  };
  tests: {
    list: 'listPipelineTests';
    create: 'createTest';
    delete: 'deleteTest';
    run: 'auditPipeline';
    history: 'getTestHistory';
    metadata: 'getTestsMetadata';
  };
  tables: {
    list: 'listTables';
    schema: 'getSchema';
    get: 'getTable';
    drop: 'dropTable';
    undrop: 'undropTable';
    putMetadata: 'putTableMetadata';
    profile: 'getTableProfile';
    diff: 'diffTable';
    preview: 'previewTable';
    query: 'query';
    maintain: 'maintain';
  };
  landingZones: {
    list: 'listAllLandingZones';
    listOf: 'listLandingZones';
    create: 'createLandingZone';
    get: 'getLandingZone';
    put: 'putLandingZone';
    delete: 'deleteLandingZone';
    lifecycle: 'getZoneLifecycle';
    putLifecycle: 'putZoneLifecycle';
    files: 'listLandingFiles';
    file: 'getLandingFile';
    upload: 'uploadLandingFile';
    deleteFile: 'deleteLandingFile';
    samples: 'listLandingSamples';
    uploadSample: 'uploadLandingSample';
    deleteSample: 'deleteLandingSample';
  };
  schedules: {
    list: 'listSchedules';
    create: 'createSchedule';
    preview: 'previewSchedule';
    get: 'getSchedule';
    change: 'changeSchedule';
    delete: 'deleteSchedule';
    getOf: 'getPipelineSchedule';
    putOf: 'putPipelineSchedule';
    deleteOf: 'deletePipelineSchedule';
    pause: 'pauseSchedule';
    resume: 'resumeSchedule';
    run: 'runSchedule';
    next: 'getNextTimes';
    firings: 'listFirings';
  };
  triggers: {
    list: 'listTriggers';
    get: 'getTrigger';
    pause: 'pauseTrigger';
    resume: 'resumeTrigger';
    run: 'runTrigger';
    firings: 'listTriggerFirings';
    listOf: 'listPipelineTriggers';
    createOf: 'createPipelineTrigger';
    getOf: 'getPipelineTrigger';
    putOf: 'putPipelineTrigger';
    deleteOf: 'deletePipelineTrigger';
  };
  lineage: { get: 'getLineage'; getColumnLineage: 'getColumnLineage' };
  runners: { list: 'listRunners'; drain: 'drainRunner' };
  pools: { list: 'listPools' };
  retention: {
    get: 'getRetention';
    put: 'putRetention';
    status: 'getRetentionStatus';
    run: 'runRetention';
  };
  tokens: {
    list: 'listTokens';
    create: 'createToken';
    get: 'getToken';
    put: 'putToken';
    delete: 'deleteToken';
  };
  session: { create: 'createSession'; get: 'getSession'; delete: 'deleteSession' };
  views: {
    list: 'listViews';
    create: 'createView';
    get: 'getView';
    put: 'putView';
    delete: 'deleteView';
  };
  audit: { list: 'listAudit' };
  system: {
    search: 'search';
    index: 'getIndex';
    health: 'getHealth';
    live: 'getLiveness';
    ready: 'getReadiness';
    openApi: 'getOpenApi';
    features: 'getFeatures';
    me: 'getPrincipal';
    streamTicket: 'createStreamTicket';
  };
  runGroups: {
    createRunGroup: 'createRunGroup';
    getRunGroup: 'getRunGroup';
    cancelRunGroup: 'cancelRunGroup';
    retryRunGroup: 'retryRunGroup';
  };
  webhooks: { receiveDelivery: 'receiveDelivery'; fireWebhook: 'fireWebhook' };
  sessions: { endSessions: 'endSessions' };
};
