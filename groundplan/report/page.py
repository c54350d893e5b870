"""Plans as one HTML page that needs nothing else: no request, no font, no library, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from groundplan.report import bars, diagram, money, spending, support
from groundplan.report.assets import asset
from groundplan.report.findings import findings
from groundplan.report.json_text import as_text
from groundplan.report.typeset import clean
from groundplan.report.view import NO_COMPONENT, Component, View, views

__all__ = ["render"]

STYLES = ("colours.css", "page.css", "tables.css", "diagram.css", "interaction.css", "print.css")


def render(plans: Sequence[Mapping[str, Any]], environments: Sequence[Mapping[str, Any]] = ()) -> str:
    """
    Show plans of one blueprint side by side; the same plans give the same bytes.

    Args:
        plans: What is shown.
        environments: The plans of every environment on the same clouds, for what each costs.

    Raises:
        ValueError: No plan, or a document of another schema.
    """
    shown = views(plans)
    blueprints = dict.fromkeys(str(view.plan.get("blueprint", "")) for view in shown)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=", ".join(blueprints),
            environments=list(dict.fromkeys(str(v.plan.get("environment", "")) for v in shown)),
            views=shown,
            promises=support.promises(shown),
            whole=bars.total_bars(shown),
            groups=bars.component_bars(shown),
            by_environment=spending.environment_bars(shown, environments),
            by_market=spending.spot_bars(shown),
            rates=[told for told in dict.fromkeys(map(money.rate, shown)) if told],
            findings=[finding for view in shown for finding in findings(view)],
            style=_ours(*STYLES),
            script=_ours("page.js"),
        )
    )


def _ours(*names: str) -> Markup:
    return Markup("\n".join(asset(name) for name in names))  # noqa: S704  no part of a plan


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_presentable,
        keep_trailing_newline=True,
        loader=FunctionLoader(asset),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"json_text": as_text, "web_address": web_address}
    environment.globals |= {
        "costs": money.by_component,
        "idle": money.idle,
        "inside": diagram.inside,
        "money": money.money,
        "outputs": component_outputs,
        "overview": diagram.overview,
        "parity_counts": support.counts,
        "price_lines": price_lines,
        "total": money.total,
        "unknown": unknown_prices,
        "unpriced": money.unpriced,
    }
    return environment


def _presentable(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def web_address(text: object) -> str:
    """The text when it is an address on the web that is safe to link, else empty."""
    try:
        parts = urlsplit(str(text or ""))
    except ValueError:
        return ""
    return str(text) if parts.scheme in ("http", "https") and parts.netloc else ""


def component_outputs(view: View, component: Component) -> Mapping[str, Any]:
    """What a component hands to others; the stack's own outputs stand with the loose resources."""
    given = view.plan.get("outputs") or {}
    if component.name != NO_COMPONENT:
        found = given.get(component.name)
        return found if isinstance(found, Mapping) else {}
    names = {other.name for other in view.components}
    return {name: value for name, value in given.items() if name not in names}


def price_lines(view: View) -> list[tuple[str, Mapping[str, Any]]]:
    """Each price line with the component it belongs to."""
    cost = view.plan.get("cost") or {}
    return [
        (str(part.get("name", "")), line) for part in cost.get("components") or () for line in part.get("rows") or ()
    ]


def unknown_prices(view: View) -> list[tuple[str, list[str]]]:
    """Each item without a price, and the names of the resources or components billed for it."""
    found: dict[str, list[str]] = {}
    for entry in money.unknown(view):
        urn = entry["urn"]
        resource = view.by_urn.get(urn)
        name = resource.name if resource else view.owners.get(urn, urn.rpartition("::")[2])
        found.setdefault(entry["item"], []).append(name)
    return list(found.items())
