import { testTableEngine } from '@rat/testing/conformance';
import { duckdbEngine } from './duckdb-engine.ts';

testTableEngine(duckdbEngine);
