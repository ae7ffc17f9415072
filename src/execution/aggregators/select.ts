import type { AggregatorConfig, ChainConfig } from '../venuesModel.ts';
import type { ApiDeps } from './api.ts';
import { cow } from './cow.ts';
import { fusion } from './fusion.ts';
import { gasless } from './gasless.ts';
import type { IntentService } from './intents.ts';
import { kyberswap } from './kyberswap.ts';
import { odos } from './odos.ts';
import { oneinch } from './oneinch.ts';
import type { Aggregator } from './port.ts';
import { velora } from './velora.ts';
import { zeroex } from './zeroex.ts';

/** The aggregator that is configured; undefined where it takes signed orders and answers no transactions. */
export function aggregatorOf(config: AggregatorConfig, deps: ApiDeps): Aggregator | undefined {
  switch (config.name) {
    case 'zeroex':
      return config.flavour === 'gasless' ? undefined : zeroex(config, deps);
    case 'velora':
      return velora(config, deps);
    case 'kyberswap':
      return kyberswap(config, deps);
    case 'odos':
      return odos(config, deps);
    case 'oneinch':
      return config.flavour === 'fusion' ? undefined : oneinch(config, deps);
    case 'cow':
      return undefined;
  }
}

/** Those of a chain that answer transactions. */
export function aggregatorsOf(chain: ChainConfig, deps: ApiDeps): Aggregator[] {
  return chain.aggregators.flatMap((config) => aggregatorOf(config, deps) ?? []);
}

/** Those of a chain that take signed orders. */
export function intentServicesOf(chain: ChainConfig, deps: ApiDeps): IntentService[] {
  return chain.aggregators.flatMap((config) => intentServiceOf(config, deps) ?? []);
}

/** The service that takes signed orders; undefined where it answers transactions. */
export function intentServiceOf(config: AggregatorConfig, deps: ApiDeps): IntentService | undefined {
  if (config.name === 'cow') return cow(config, deps);
  if (config.name === 'oneinch' && config.flavour === 'fusion') return fusion(config, deps);
  return config.name === 'zeroex' && config.flavour === 'gasless' ? gasless(config, deps) : undefined;
}
