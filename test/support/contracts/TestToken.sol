// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// An ERC-20 for tests with the decimals that it is given; the deployer holds all of it. One that is strict
// takes, as USDT does, no new allowance in place of another that is not zero. TestToken.json is this file compiled as
// StableSwap.json is.

contract TestToken {
    string public symbol;
    uint8 public immutable decimals;
    uint256 public immutable totalSupply;
    bool private immutable strict;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(string memory symbol_, uint8 decimals_, uint256 supply, bool strict_) {
        symbol = symbol_;
        decimals = decimals_;
        totalSupply = supply;
        strict = strict_;
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        require(!strict || value == 0 || allowance[msg.sender][spender] == 0, "allowance is not zero");
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, "allowance");
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        require(balanceOf[from] >= value, "balance");
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
        return true;
    }
}
