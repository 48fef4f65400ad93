"""What becomes of a request that faults strike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from perfkit.mock.faults.board import refuses
from perfkit.mock.faults.refusal import refusal
from perfkit.model.faults import ON_WATCHES

if TYPE_CHECKING:
    from perfkit.mock.exchange import Exchange
    from perfkit.mock.faults.board import Faults
    from perfkit.mock.faults.request import Request


async def meet(faults: Faults, exchange: Exchange, request: Request, inflight: int) -> None:
    """Let faults strike a request: it waits, is refused, its object is contested, or its watch marked for later.

    ``inflight`` requests are being answered, it among them.

    Raises:
        ApiError: it is refused.
    """
    strikes = faults.strikes(request, inflight)
    for strike in strikes:
        exchange.entry.strike(strike.fault.kind)
    for strike in strikes:
        if strike.fault.kind == "latency":
            await asyncio.sleep(strike.delay)
        elif refuses(strike.fault, request):
            raise refusal(strike.fault, exchange.query.get("continue", ""))
        elif strike.fault.kind in ON_WATCHES:
            exchange.strikes.append(strike.fault)
        elif strike.fault.kind == "conflict":
            exchange.contested = True
