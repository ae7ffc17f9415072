import { parseAbi, parseAbiParameters } from 'viem';

// The functions and events that are used, as the contracts declare them.

export const ERC20 = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'function decimals() view returns (uint8)',
  'function balanceOf(address owner) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 value) returns (bool)',
]);

export const UNISWAP_V2_PAIR = parseAbi([
  'function factory() view returns (address)',
  'function token0() view returns (address)',
  'function token1() view returns (address)',
  'function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)',
]);

export const UNISWAP_V3_POOL = parseAbi([
  'function factory() view returns (address)',
  'function token0() view returns (address)',
  'function token1() view returns (address)',
  'function fee() view returns (uint24)',
  'function tickSpacing() view returns (int24)',
  'function slot0() view returns (uint160 sqrtPriceX96, int24 tick, uint16 observationIndex, uint16 observationCardinality, uint16 observationCardinalityNext, uint8 feeProtocol, bool unlocked)',
  'function liquidity() view returns (uint128)',
  'function tickBitmap(int16 word) view returns (uint256)',
  'function ticks(int24 tick) view returns (uint128 liquidityGross, int128 liquidityNet, uint256 feeGrowthOutside0X128, uint256 feeGrowthOutside1X128, int56 tickCumulativeOutside, uint160 secondsPerLiquidityOutsideX128, uint32 secondsOutside, bool initialized)',
]);

export const CURVE_POOL = parseAbi([
  'function coins(uint256 i) view returns (address)',
  'function balances(uint256 i) view returns (uint256)',
  'function A() view returns (uint256)',
  'function fee() view returns (uint256)',
  'function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy)',
]);

export const SWAP_ROUTER_02 = parseAbi([
  'function factory() view returns (address)',
  'function factoryV2() view returns (address)',
  'function multicall(uint256 deadline, bytes[] data) payable returns (bytes[])',
  'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to) payable returns (uint256)',
  'function swapTokensForExactTokens(uint256 amountOut, uint256 amountInMax, address[] path, address to) payable returns (uint256)',
  'struct ExactInput { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }',
  'struct ExactOutput { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountOut; uint256 amountInMaximum; uint160 sqrtPriceLimitX96; }',
  'struct PathInput { bytes path; address recipient; uint256 amountIn; uint256 amountOutMinimum; }',
  'struct PathOutput { bytes path; address recipient; uint256 amountOut; uint256 amountInMaximum; }',
  'function exactInput(PathInput params) payable returns (uint256)',
  'function exactOutput(PathOutput params) payable returns (uint256)',
  'function exactInputSingle(ExactInput params) payable returns (uint256)',
  'function exactOutputSingle(ExactOutput params) payable returns (uint256)',
]);

export const UNIVERSAL_ROUTER = parseAbi([
  'function execute(bytes commands, bytes[] inputs, uint256 deadline) payable',
]);

/** What the Universal Router takes for its commands (Commands.sol); the last flag: paid by the sender, through Permit2. */
export const UNIVERSAL_V3_SWAP = parseAbiParameters(
  'address recipient, uint256 amount, uint256 bound, bytes path, bool payerIsUser',
);
export const UNIVERSAL_V2_SWAP = parseAbiParameters(
  'address recipient, uint256 amount, uint256 bound, address[] path, bool payerIsUser',
);
export const UNIVERSAL_COMMANDS = {
  uniswap_v3: { exact_in: '00', exact_out: '01' },
  uniswap_v2: { exact_in: '08', exact_out: '09' },
} as const;

export const PERMIT2 = parseAbi([
  'function allowance(address owner, address token, address spender) view returns (uint160 amount, uint48 expiration, uint48 nonce)',
  'function approve(address token, address spender, uint160 amount, uint48 expiration)',
]);
