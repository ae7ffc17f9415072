import type { ChainConfig } from '../venuesModel.ts';
import type { Chosen } from './decision.ts';
import { waitingCost } from './mempool.ts';
import type { Wanted } from './wanted.ts';

/** What an order is worth on a chain: received, or paid with the sign turned. Whole units of the quote currency. */
export interface ChainValue {
  /** After gas. */
  worth: number;
  bridgeCost: number;
  /** What waiting for the bridge costs on average. */
  delayCost: number;
  net: number;
}

/** With what the operator says that it costs, and takes, to bring funds there. */
export function valueOn({ bridge }: ChainConfig, { quote }: Wanted, { worth, expected }: Chosen): ChainValue {
  const unit = 10 ** quote.decimals;
  const bridgeCost = bridge?.cost ?? 0;
  const delayCost = waitingCost(Number(expected) / unit, bridge?.delaySeconds ?? 0);
  return { worth: worth / unit, bridgeCost, delayCost, net: worth / unit - bridgeCost - delayCost };
}
