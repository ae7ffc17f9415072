import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import type { Hex } from 'viem';
import type { ChainConfig } from '../../src/execution/venuesModel.ts';
import { startAnvil, type Anvil } from './anvil.ts';
import { balanceOf, deployMarket, type EvmMarket } from './evmMarket.ts';

// A real EVM with a market on it.

export interface EvmChain {
  anvil: Anvil;
  market: EvmMarket;
  /** What the operator's file (BALLAST_VENUES) says of it, with what is given changed. */
  venuesFile(changes?: Partial<ChainFile>): { chains: ChainFile[] };
  /** An address with coins for gas and so many whole tokens. */
  fund(
    tokens: Partial<Record<keyof EvmMarket['tokens'], number>>,
    ether?: number,
  ): Promise<PrivateKeyAccount & { key: Hex }>;
  /** In base units. */
  held(token: keyof EvmMarket['tokens'], address: Hex): Promise<bigint>;
  stop(): void;
}

/** As in the file, before its defaults are filled in. */
export type ChainFile = Pick<ChainConfig, 'name' | 'chainId' | 'rpcUrl'> & Partial<ChainConfig>;

/** Anvil with everything deployed and seeded: ETH at 3,000 dollars in three pools, BTC at 60,000 in one, USDC against USDT in one. */
export async function startEvmChain(args: string[] = [], chainId?: number): Promise<EvmChain> {
  const anvil = await startAnvil(args, chainId);
  const market = await deployMarket(anvil);
  const { tokens, pools, swapRouter02 } = market;
  const [ETH, BTC, USD, USDT] = [tokens.WETH, tokens.WBTC, tokens.USDC, tokens.USDT];
  return {
    anvil,
    market,
    venuesFile: (changes = {}) => ({
      chains: [
        {
          ...{ name: 'local', chainId: anvil.chainId, rpcUrl: anvil.url, blockTimeMs: 100, confirmations: 1 },
          ...{ tokens: { ETH, BTC, USD, USDT }, contracts: { swapRouter02 } },
          pools: [
            { type: 'uniswap_v2', address: pools.v2, feePips: 3_000 },
            { type: 'uniswap_v3', address: pools.v3low },
            { type: 'uniswap_v3', address: pools.v3mid },
            { type: 'uniswap_v3', address: pools.v3btc },
            { type: 'curve', address: pools.stable, coins: 2 },
          ],
          ...changes,
        },
      ],
    }),
    async fund(amounts, ether = 10) {
      const key = generatePrivateKey();
      const account = { ...privateKeyToAccount(key), key };
      await anvil.rpc('anvil_setBalance', [
        account.address,
        `0x${(BigInt(Math.round(ether * 1e6)) * 10n ** 12n).toString(16)}`,
      ]);
      for (const [name, amount] of Object.entries(amounts)) {
        const { address, decimals } = tokens[name as keyof EvmMarket['tokens']];
        await market.give(address, account.address, BigInt(Math.round(amount * 1e6)) * 10n ** BigInt(decimals - 6));
      }
      return account;
    },
    held: (token, address) => balanceOf(anvil, tokens[token].address, address),
    stop: anvil.stop,
  };
}
