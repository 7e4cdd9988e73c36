// Writes what is made from the operations of the contract: the OpenAPI document and the routes of the client. With --check it
// only compares.
await import('../../contracts/bin/write-openapi.mjs');
await import('./write-operations.mjs');
