"""What requests cost. Pure; amounts are micros, millionths of the currency's unit."""

import math

from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_schemas.fleet_file import Prices


def cost_micros(prices: Prices | None, tokens: Tokens) -> int:
    """Cost of one request, rounded up; a price per million tokens is one of micros per token. 0 without prices."""
    if prices is None:
        return 0
    return math.ceil(prices.input * tokens.input + prices.output * tokens.output)
