import { decodeFunctionData, parseAbi, type Abi, type Address, type Hex } from 'viem';
import { SWAP_ROUTER_02 } from '../chains/abis.ts';
import { QuoteFailure } from './port.ts';

// What the transactions of aggregators say, where the functions are known: nobody has to be believed then.

/** What a call holds to, as far as it says. */
export interface SwapTerms {
  sellToken?: Address;
  buyToken?: Address;
  recipient?: Address;
  /** Base units that it takes at most, and gives at least. */
  most?: bigint;
  least?: bigint;
}

// 0x-settler (AllowanceHolder, Settler), 1inch AggregationRouter v5 and v6, KyberSwap MetaAggregationRouterV2, Odos router v2 and v3,
// Velora Augustus v6.2; names of arguments are ours.
const KNOWN = parseAbi([
  'function exec(address operator, address token, uint256 amount, address target, bytes data)',
  'struct Slippage { address recipient; address buyToken; uint256 minAmountOut; }',
  'function execute(Slippage slippage, bytes[] actions, bytes32 zid)',
  'struct Description { address srcToken; address dstToken; address srcReceiver; address dstReceiver; uint256 amount; uint256 minReturnAmount; uint256 flags; }',
  'function swap(address executor, Description desc, bytes permit, bytes data)',
  'function swap(address executor, Description desc, bytes data)',
  'struct MetaDescription { address srcToken; address dstToken; address[] srcReceivers; uint256[] srcAmounts; address[] feeReceivers; uint256[] feeAmounts; address dstReceiver; uint256 amount; uint256 minReturnAmount; uint256 flags; bytes permit; }',
  'struct MetaExecution { address callTarget; address approveTarget; bytes targetData; MetaDescription desc; bytes clientData; }',
  'function swap(MetaExecution execution)',
  'function swapSimpleMode(address caller, MetaDescription desc, bytes executorData, bytes clientData)',
  'struct OdosTokens { address inputToken; uint256 inputAmount; address inputReceiver; address outputToken; uint256 outputQuote; uint256 outputMin; address outputReceiver; }',
  'struct OdosReferral { uint64 code; uint64 fee; address feeRecipient; }',
  'function swap(OdosTokens tokens, bytes path, address executor, uint32 referralCode)',
  'function swap(OdosTokens tokens, bytes path, address executor, OdosReferral referral)',
  'struct Generic { address srcToken; address destToken; uint256 fromAmount; uint256 toAmount; uint256 quotedAmount; bytes32 metadata; address beneficiary; }',
  'function swapExactAmountIn(address executor, Generic swapData, uint256 partnerAndFee, bytes permit, bytes executorData)',
  'function swapExactAmountOut(address executor, Generic swapData, uint256 partnerAndFee, bytes permit, bytes executorData)',
  'struct Uniswap { address srcToken; address destToken; uint256 fromAmount; uint256 toAmount; uint256 quotedAmount; bytes32 metadata; address beneficiary; bytes pools; }',
  'function swapExactAmountInOnUniswapV2(Uniswap uniData, uint256 partnerAndFee, bytes permit)',
  'function swapExactAmountInOnUniswapV3(Uniswap uniData, uint256 partnerAndFee, bytes permit)',
  'function swapExactAmountOutOnUniswapV2(Uniswap uniData, uint256 partnerAndFee, bytes permit)',
  'function swapExactAmountOutOnUniswapV3(Uniswap uniData, uint256 partnerAndFee, bytes permit)',
]);
const ABI = [
  ...KNOWN,
  ...SWAP_ROUTER_02.filter(({ name }) => name.startsWith('exactInputSingle') || name.startsWith('exactOutputSingle')),
] as Abi;

type Fields = Record<string, unknown>;

/** How to read the argument that says it. */
const READERS: [field: string, read: (fields: Fields) => SwapTerms][] = [
  ['minReturnAmount', (f) => terms(f['srcToken'], f['dstToken'], f['dstReceiver'], f['amount'], f['minReturnAmount'])],
  ['outputMin', (f) => terms(f['inputToken'], f['outputToken'], f['outputReceiver'], f['inputAmount'], f['outputMin'])],
  ['beneficiary', (f) => terms(f['srcToken'], f['destToken'], f['beneficiary'], f['fromAmount'], f['toAmount'])],
  ['minAmountOut', (f) => terms(undefined, f['buyToken'], f['recipient'], undefined, f['minAmountOut'])],
  ['amountOutMinimum', (f) => uniswap(f, f['amountIn'], f['amountOutMinimum'])],
  ['amountInMaximum', (f) => uniswap(f, f['amountInMaximum'], f['amountOut'])],
];

function uniswap(f: Fields, most: unknown, least: unknown): SwapTerms {
  return terms(f['tokenIn'], f['tokenOut'], f['recipient'], most, least);
}

function terms(sell: unknown, buy: unknown, recipient: unknown, most: unknown, least: unknown): SwapTerms {
  const said = { sellToken: sell, buyToken: buy, recipient, most, least };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/**
 * What the calldata holds to; undefined where the function is none that we know.
 *
 * @throws QuoteFailure `malformed` it is one that we know, and cannot be read
 */
export function swapTermsOf(data: Hex): SwapTerms | undefined {
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi: ABI, data });
    if (functionName === 'exec') {
      const [, sellToken, most, , inner] = args as [Address, Address, bigint, Address, Hex];
      return { ...swapTermsOf(inner), sellToken, most };
    }
    return args.map(read).find((found) => found !== undefined);
  } catch (error) {
    if (error instanceof QuoteFailure) throw error;
    if ((error as Error).name === 'AbiFunctionSignatureNotFoundError') return undefined;
    throw new QuoteFailure('malformed', 'the calldata of its transaction cannot be read');
  }
}

/** The arguments of interest are structs, those of KyberSwap within another. */
function read(argument: unknown): SwapTerms | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const fields = argument as Fields;
  if ('desc' in fields) return read(fields['desc']);
  return READERS.find(([field]) => field in fields)?.[1](fields);
}
