import fc from 'fast-check';
import { testWishes } from './test-environment.ts';

/**
 * Loaded before every test file. Properties are tried on the same cases each time, so that a change is judged by itself and not
 * by luck; RAT_PROPERTY_SEED tries others, and a test that fails names its seed.
 */
const { propertySeed } = testWishes();
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: propertySeed });
