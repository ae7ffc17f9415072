// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// A pool for tests with the interface and the arithmetic of Curve's plain StableSwap pools (Egorov 2019), written from the paper.
// StableSwap.json is this file compiled by solc 0.8.30, optimiser on (200 runs), EVM version paris: its ABI and its bytecode.

interface IERC20 {
    function decimals() external view returns (uint8);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

contract StableSwap {
    uint256 private constant FEE_DENOMINATOR = 1e10;

    address[] public coins;
    uint256[] public balances;
    uint256 public immutable A;
    uint256 public immutable fee;
    uint256[] private scale;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );

    constructor(address[] memory coins_, uint256 amplification, uint256 fee_) {
        A = amplification;
        fee = fee_;
        for (uint256 k = 0; k < coins_.length; k++) {
            coins.push(coins_[k]);
            balances.push(0);
            scale.push(10 ** (18 - IERC20(coins_[k]).decimals()));
        }
    }

    /// Adds to the pool without minting shares: tests seed it and never leave.
    function seed(uint256[] calldata amounts) external {
        for (uint256 k = 0; k < amounts.length; k++) {
            IERC20(coins[k]).transferFrom(msg.sender, address(this), amounts[k]);
            balances[k] += amounts[k];
        }
    }

    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256) {
        uint256 dy = _gross(_index(i), _index(j), dx) / scale[_index(j)];
        return dy - dy * fee / FEE_DENOMINATOR;
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy) external {
        (uint256 a, uint256 b) = (_index(i), _index(j));
        uint256 gross = _gross(a, b, dx);
        uint256 dy = (gross - gross * fee / FEE_DENOMINATOR) / scale[b]; // rounded later than the quote, as in Curve's pools
        require(dy >= min_dy, "Exchange resulted in fewer coins than expected");
        balances[a] += dx;
        balances[b] -= dy;
        require(IERC20(coins[a]).transferFrom(msg.sender, address(this), dx));
        require(IERC20(coins[b]).transfer(msg.sender, dy));
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    function _index(int128 i) private pure returns (uint256) {
        return uint256(uint128(i));
    }

    function _gross(uint256 i, uint256 j, uint256 dx) private view returns (uint256) {
        uint256[] memory xp = new uint256[](coins.length);
        for (uint256 k = 0; k < xp.length; k++) xp[k] = balances[k] * scale[k];
        uint256 y = _balance(i, j, xp[i] + dx * scale[i], xp);
        return xp[j] - y - 1;
    }

    function _invariant(uint256[] memory xp) private view returns (uint256 d) {
        uint256 n = xp.length;
        uint256 ann = A * n;
        uint256 total;
        for (uint256 k = 0; k < n; k++) total += xp[k];
        d = total;
        for (uint256 step = 0; step < 255; step++) {
            uint256 product = d;
            for (uint256 k = 0; k < n; k++) product = product * d / (n * xp[k]);
            uint256 before = d;
            d = (ann * total + product * n) * d / ((ann - 1) * d + (n + 1) * product);
            if (d > before ? d - before <= 1 : before - d <= 1) break;
        }
    }

    function _balance(uint256 i, uint256 j, uint256 x, uint256[] memory xp) private view returns (uint256 y) {
        uint256 n = xp.length;
        uint256 d = _invariant(xp);
        uint256 ann = A * n;
        uint256 c = d;
        uint256 others;
        for (uint256 k = 0; k < n; k++) {
            if (k == j) continue;
            uint256 balance = k == i ? x : xp[k];
            others += balance;
            c = c * d / (balance * n);
        }
        c = c * d / (n * ann);
        uint256 b = others + d / ann;
        y = d;
        for (uint256 step = 0; step < 255; step++) {
            uint256 before = y;
            y = (y * y + c) / (2 * y + b - d);
            if (y > before ? y - before <= 1 : before - y <= 1) break;
        }
    }
}
