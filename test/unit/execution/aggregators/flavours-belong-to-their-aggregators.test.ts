import { expect, it } from 'vitest';
import { VenuesConfigSchema } from '../../../../src/execution/venuesModel.ts';
import { OTHER, WETH } from '../../../venues/aggregators/stage.ts';

const accepts = (name: string, flavour?: string): boolean => {
  const aggregator = {
    name,
    url: 'https://api.example.com',
    targets: [OTHER],
    spenders: [OTHER],
    ...(flavour && { flavour }),
  };
  const chain = {
    ...{
      name: 'local',
      chainId: 1,
      rpcUrl: 'https://rpc.example.com',
      tokens: { ETH: { address: WETH, decimals: 18 } },
    },
    ...{ contracts: {}, pools: [], aggregators: [aggregator] },
  };
  return VenuesConfigSchema.safeParse({ chains: [chain] }).success;
};

it('an aggregator that is asked in the way of another stops the start, and trades nothing in a way that was not meant', () => {
  for (const flavour of ['allowance_holder', 'permit2', 'gasless'])
    expect([accepts('zeroex', flavour), accepts('oneinch', flavour), accepts('cow', flavour)]).toEqual([
      true,
      false,
      false,
    ]);
  expect([accepts('oneinch', 'fusion'), accepts('zeroex', 'fusion'), accepts('odos', 'fusion')]).toEqual([
    true,
    false,
    false,
  ]);
  for (const name of ['zeroex', 'oneinch', 'cow', 'velora', 'kyberswap', 'odos']) expect(accepts(name)).toBe(true);
});
