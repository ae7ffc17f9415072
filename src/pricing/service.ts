export { openPricingPool, pricingInput, sharedFloats, type PricingPool } from './pool.ts';
