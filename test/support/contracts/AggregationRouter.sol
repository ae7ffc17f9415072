// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import { Ownable } from "@openzeppelin/contracts/access/Ownable.sol";
import { Pausable } from "@openzeppelin/contracts/utils/Pausable.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { IWETH } from "@1inch/solidity-utils/contracts/interfaces/IWETH.sol";
import { OrderMixin } from "@1inch/limit-order-protocol-contract/contracts/OrderMixin.sol";

// The Limit Order Protocol of 1inch under the name that its router has on the chains, for tests: LimitOrderProtocol.sol of
// npm @1inch/limit-order-protocol-contract 4.3.3 with another EIP-712 domain, and nothing else. AggregationRouter.json is this file, and
// SimpleSettlement.json that of npm @1inch/limit-order-settlement 3.1.0 (its pragma loosened), compiled by solc 0.8.30 (optimiser on, 200 runs,
// via IR, EVM version cancun) with @openzeppelin/contracts 5.1.0 and @1inch/solidity-utils 6.6.0. All are under the MIT licence, see 1inch-LICENSE.md.
contract AggregationRouter is EIP712("1inch Aggregation Router", "6"), Ownable, Pausable, OrderMixin {
    constructor(IWETH weth) OrderMixin(weth) Ownable(msg.sender) {}
}
