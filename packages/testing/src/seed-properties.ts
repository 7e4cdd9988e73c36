import fc from 'fast-check';
import { testWishes } from './test-environment.ts';

/**
 * Jest loads this before every test file. Properties use the same cases each time, so that a result
 * depends on the change and not on chance. RAT_PROPERTY_SEED selects other cases, and a failing
 * test names its seed.
 */
const { propertySeed } = testWishes();
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: propertySeed });
