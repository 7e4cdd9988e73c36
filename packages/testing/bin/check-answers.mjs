// Loaded into an API of a test with --import: appends to the file RAT_TEST_ANSWER_FAULTS each answer that the OpenAPI
// document does not allow. The test that started the API reads the file when it has stopped.
import { appendFileSync } from 'node:fs';
import { Server } from 'node:http';
import { AnswerCheck } from '../dist/answer-check.js';

const file = process.env.RAT_TEST_ANSWER_FAULTS;
const check = new AnswerCheck((fault) => appendFileSync(file, `${fault}\n`));
const { prototype } = Server;
const emit = Reflect.get(prototype, 'emit');
prototype.emit = function (event, ...args) {
  if (event === 'request') check.watch(...args);
  return Reflect.apply(emit, this, [event, ...args]);
};
