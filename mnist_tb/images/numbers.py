"""Numbers as short texts, never more precise nor more perfect than they are."""

from __future__ import annotations

import math


def short_count(count: float) -> str:
    """A count, or a sum of weights, in at most five characters up to 10¹⁵.

    Example:
        >>> [short_count(count) for count in (7, 12345, 123456, 1234567, 2.25)]
        ['7', '12345', '123k', '1.2M', '2.25']
    """
    if count < 1000 and count != round(count):
        return "<0.01" if count < 0.01 else f"{count:.3g}"
    whole = round(count)
    if whole < 100_000:
        return str(whole)
    for power, unit in ((3, "k"), (6, "M"), (9, "G"), (12, "T")):
        scaled = whole / 10**power
        if scaled < 9.95:
            return f"{scaled:.1f}{unit}"
        if scaled < 999.5:
            return f"{scaled:.0f}{unit}"
    return f"{whole:.0e}"


def percent(share: float, space: str = "") -> str:
    """A share as per cent with one decimal; 0 and 100 only where it is exactly that, "–" for NaN.

    Args:
        share: in [0, 1], or NaN.
        space: stands before the sign; none where room is short.

    Example:
        >>> [percent(share) for share in (0.981, 0.0004, 0.9999, 1, 0)]
        ['98.1%', '<0.1%', '99.9%', '100%', '0%']
    """
    if math.isnan(share):
        return "–"
    if share == 0:
        return f"0{space}%"
    if share > 1 - 1e-12:  # sums of weights are not exact
        return f"100{space}%"
    if share < 0.001:
        return f"<0.1{space}%"
    return f"{min(100 * share, 99.9):.1f}{space}%"


def short_number(value: float) -> str:
    """A value of a sample, with three significant digits.

    Example:
        >>> [short_number(value) for value in (5.1, 0.33333, 12, 1234567.0, True)]
        ['5.1', '0.333', '12', '1.23e+06', 'True']
    """
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def whole_percent(share: float) -> str:
    """A confidence as whole per cent, "–" for NaN.

    Example:
        >>> [whole_percent(share) for share in (0.874, 0.999, 0.001, float("nan"))]
        ['87 %', '100 %', '0 %', '–']
    """
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"
