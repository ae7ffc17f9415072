import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  encodeDeployData,
  encodeFunctionData,
  erc20Abi,
  getContract,
  parseAbi,
  type Abi,
  type Address,
  type Hex,
} from 'viem';
import type { HDAccount } from 'viem/accounts';
import type { Anvil } from './anvil.ts';

// Uniswap v2 and v3, their routers, Permit2 and a StableSwap, deployed from their own packages, with ETH and BTC traded against dollars.

const resolve = createRequire(import.meta.url).resolve;
interface Artifact {
  abi: Abi;
  bytecode: Hex;
}

/** Artifacts of older compilers have no 0x. */
function artifact(path: string): Artifact {
  const { abi, bytecode } = JSON.parse(readFileSync(resolve(path), 'utf8')) as { abi: Abi; bytecode: string };
  return { abi, bytecode: bytecode.startsWith('0x') ? (bytecode as Hex) : `0x${bytecode}` };
}
const own = (name: string) => artifact(new URL(`./contracts/${name}.json`, import.meta.url).pathname);
const v3 = (group: string, name: string) => artifact(`@uniswap/${group}/artifacts/contracts/${name}.sol/${name}.json`);

export interface EvmMarket {
  owner: HDAccount;
  tokens: Record<'WETH' | 'USDC' | 'USDT' | 'WBTC', { address: Address; decimals: number }>;
  swapRouter02: Address;
  universalRouter: Address;
  permit2: Address;
  quoter: Address;
  pools: {
    /** WETH/USDC: constant product. */
    v2: Address;
    /** WETH/USDC at 0.05 % and 0.3 %. */
    v3low: Address;
    v3mid: Address;
    /** WBTC/USDC at 0.3 %. */
    v3btc: Address;
    /** USDC/USDT. */
    stable: Address;
  };
  /** More pools, of the owner's tokens: with a wide position and a narrow one, or of constant product. */
  concentrated(base: Side, quote: Side, fee: number, spacing: number): Promise<Address>;
  constantProduct(base: Side, quote: Side): Promise<Address>;
  /** Gives the account tokens of the owner, in base units. */
  give(token: Address, to: Address, amount: bigint): Promise<void>;
  /** Opens one more pool of WETH and USDC, at 3,000, in a fee tier of its own. */
  openPool(feePips: number, tickSpacing: number, ether: number): Promise<Address>;
}

const PERMIT2: Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3';
const ZERO: Address = '0x0000000000000000000000000000000000000000';
const NEVER = 2n ** 40n;
const MOST = 2n ** 255n;
const ETHER = 10n ** 18n;
const USD = 10n ** 6n;
const BTC = 10n ** 8n;

/** Deploys and seeds everything; some 0.5 s. ETH stands at 3,000 dollars, BTC at 60,000. */
export async function deployMarket(anvil: Anvil): Promise<EvmMarket> {
  const owner = anvil.accounts[0]!;
  const deploy = async ({ abi, bytecode }: Artifact, args: readonly unknown[] = []): Promise<Address> =>
    (await anvil.send(owner, { data: encodeDeployData({ abi, bytecode, args } as never) }))!;
  const call = (abi: Abi, to: Address, functionName: string, args: readonly unknown[], value?: bigint) =>
    anvil.send(owner, { to, value, data: encodeFunctionData({ abi, functionName, args } as never) });

  const artifacts = {
    factory2: artifact('@uniswap/v2-core/build/UniswapV2Factory.json'),
    router2: artifact('@uniswap/v2-periphery/build/UniswapV2Router02.json'),
    weth: artifact('@uniswap/v2-periphery/build/WETH9.json'),
    factory3: v3('v3-core', 'UniswapV3Factory'),
    manager: v3('v3-periphery', 'NonfungiblePositionManager'),
    quoter: artifact('@uniswap/v3-periphery/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json'),
    router: v3('swap-router-contracts', 'SwapRouter02'),
    universal: v3('universal-router', 'UniversalRouter'),
    token: own('TestToken'),
    stable: own('StableSwap'),
  };
  const weth = await deploy(artifacts.weth);
  const usdc = await deploy(artifacts.token, ['USDC', 6, 10n ** 9n * USD, false]);
  const usdt = await deploy(artifacts.token, ['USDT', 6, 10n ** 9n * USD, true]);
  const wbtc = await deploy(artifacts.token, ['WBTC', 8, 10n ** 6n * BTC, false]);
  const factory2 = await deploy(artifacts.factory2, [owner.address]);
  const router2 = await deploy(artifacts.router2, [factory2, weth]);
  const factory3 = await deploy(artifacts.factory3);
  const manager = await deploy(artifacts.manager, [factory3, weth, ZERO]);
  const quoter = await deploy(artifacts.quoter, [factory3, weth]);
  const swapRouter02 = await deploy(artifacts.router, [factory2, factory3, manager, weth]);
  await anvil.rpc('anvil_setCode', [PERMIT2, permit2Code()]);
  const universalRouter = await deploy(artifacts.universal, [
    {
      permit2: PERMIT2,
      weth9: weth,
      v2Factory: factory2,
      v3Factory: factory3,
      pairInitCodeHash: '0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f',
      poolInitCodeHash: '0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54',
      ...{ v4PoolManager: ZERO, v3NFTPositionManager: ZERO, v4PositionManager: ZERO, spokePool: ZERO },
    },
  ]);
  await anvil.rpc('anvil_setBalance', [owner.address, `0x${(10n ** 6n * ETHER).toString(16)}`]);
  await call(artifacts.weth.abi, weth, 'deposit', [], 10_000n * ETHER);
  for (const token of [weth, usdc, usdt, wbtc])
    for (const spender of [router2, manager]) await call(erc20Abi as Abi, token, 'approve', [spender, MOST]);

  const constantProduct = async (base: Side, quote: Side): Promise<Address> => {
    await call(artifacts.router2.abi, router2, 'addLiquidity', [
      ...[base.token, quote.token, base.amount, quote.amount, 0n, 0n, owner.address, NEVER],
    ]);
    return anvil.public.readContract({
      ...{ address: factory2, abi: parseAbi(['function getPair(address, address) view returns (address)']) },
      ...{ functionName: 'getPair', args: [base.token, quote.token] },
    });
  };
  const v2 = await constantProduct({ token: weth, amount: 1_000n * ETHER }, { token: usdc, amount: 3_000_000n * USD });

  /** A pool with one wide position and one narrow one around the price, so that swaps cross ticks. */
  const concentrated = async (base: Side, quote: Side, fee: number, spacing: number): Promise<Address> => {
    const [a, b] = base.token.toLowerCase() < quote.token.toLowerCase() ? [base, quote] : [quote, base];
    const price = root((b.amount << 192n) / a.amount);
    await call(artifacts.manager.abi, manager, 'createAndInitializePoolIfNecessary', [a.token, b.token, fee, price]);
    const middle = Math.round((2 * Math.log(Number(price) / 2 ** 96)) / Math.log(1.0001) / spacing) * spacing;
    for (const [reach, share] of [
      [600 * spacing, 1n],
      [4 * spacing, 10n],
    ] as const)
      await call(artifacts.manager.abi, manager, 'mint', [
        {
          ...{ token0: a.token, token1: b.token, fee, tickLower: middle - reach, tickUpper: middle + reach },
          ...{ amount0Desired: a.amount / share, amount1Desired: b.amount / share, amount0Min: 0n, amount1Min: 0n },
          ...{ recipient: owner.address, deadline: NEVER },
        },
      ]);
    return anvil.public.readContract({
      ...{ address: factory3, abi: parseAbi(['function getPool(address, address, uint24) view returns (address)']) },
      ...{ functionName: 'getPool', args: [a.token, b.token, fee] },
    });
  };
  const v3low = await concentrated(
    { token: weth, amount: 300n * ETHER },
    { token: usdc, amount: 900_000n * USD },
    500,
    10,
  );
  const v3mid = await concentrated(
    ...[{ token: weth, amount: 1_000n * ETHER }, { token: usdc, amount: 3_000_000n * USD }, 3_000, 60],
  );
  const v3btc = await concentrated(
    { token: wbtc, amount: 100n * BTC },
    { token: usdc, amount: 6_000_000n * USD },
    3_000,
    60,
  );

  const stable = await deploy(artifacts.stable, [[usdc, usdt], 200n, 4_000_000n]);
  for (const token of [usdc, usdt]) await call(erc20Abi as Abi, token, 'approve', [stable, MOST]);
  await call(artifacts.stable.abi, stable, 'seed', [[2_000_000n * USD, 2_000_000n * USD]]);

  return {
    owner,
    tokens: {
      WETH: { address: weth, decimals: 18 },
      USDC: { address: usdc, decimals: 6 },
      USDT: { address: usdt, decimals: 6 },
      WBTC: { address: wbtc, decimals: 8 },
    },
    ...{ swapRouter02, universalRouter, permit2: PERMIT2, quoter },
    pools: { v2, v3low, v3mid, v3btc, stable },
    ...{ concentrated, constantProduct },
    async give(token, to, amount) {
      await call(erc20Abi as Abi, token, 'transfer', [to, amount]);
    },
    async openPool(feePips, tickSpacing, ether) {
      await call(artifacts.factory3.abi, factory3, 'enableFeeAmount', [feePips, tickSpacing]);
      const amount = BigInt(ether);
      const quote = { token: usdc, amount: amount * 3_000n * USD };
      return concentrated({ token: weth, amount: amount * ETHER }, quote, feePips, tickSpacing);
    },
  };
}

interface Side {
  token: Address;
  amount: bigint;
}

/** Permit2 as deployed, from the sources of its makers. */
function permit2Code(): Hex {
  const folder = resolve('@uniswap/v4-periphery/package.json').replace(/package\.json$/, '');
  const source = readFileSync(`${folder}lib/permit2/test/utils/DeployPermit2.sol`, 'utf8');
  return `0x${/hex"([0-9a-f]+)"/.exec(source)![1]!}`;
}

/** ⌊√n⌋ by Newton's method. */
function root(n: bigint): bigint {
  let x = n;
  for (let y = (x + 1n) / 2n; y < x; y = (x + n / x) / 2n) x = y;
  return x;
}

/** What an account holds of a token, in base units. */
export function balanceOf(anvil: Anvil, token: Address, account: Address): Promise<bigint> {
  return getContract({ address: token, abi: erc20Abi, client: anvil.public }).read.balanceOf([account]);
}
