"""What a reader of the page may rely on, whichever browser shows it."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from groundplan.report import render
from groundplan.report.view import views
from tests.report.markup_reader import Element, read
from tests.report.sample import plan, plans

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{display:none}",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- &amp; ]]>",
]


@pytest.fixture(scope="module")
def page() -> Element:
    """The page of the same blueprint on three clouds."""
    return read(render(plans()))


def test_every_resource_has_its_row_in_its_component(page: Element) -> None:
    """Each resource is listed once, under its component, with its type, id and protection."""
    for view in views(plans()):
        for component in view.components:
            (part,) = page.find("section", id=component.anchor)
            rows = {row.attributes["id"]: row.text for row in part.find("tbody", class_="resource")}
            assert list(rows) == [resource.anchor for resource in component.resources]
            for resource in component.resources:
                text = rows[resource.anchor]
                assert resource.name in text
                assert resource.type in text
                assert resource.id in text
                assert ("not protected" in text) is not resource.protect


def test_every_inner_link_has_a_target(page: Element) -> None:
    """No link on the page leads nowhere, be it a box, a dependency or a section."""
    ids = {e.attributes["id"] for e in page.find() if "id" in e.attributes}
    links = [a.attributes["href"] for a in page.find("a")]
    inner = {link[1:] for link in links if link.startswith("#")}
    assert inner <= ids
    assert {r.anchor for v in views(plans()) for r in v.resources} & inner


def test_a_row_links_what_it_needs_and_what_needs_it(page: Element) -> None:
    """The dependencies of a resource can be walked in both directions."""
    rows = {
        f"#{row.attributes['id']}": {a.attributes["href"] for a in row.find("a")}
        for row in page.find("tbody", class_="resource")
    }
    edges = [(f"#{a.anchor}", f"#{b.anchor}") for view in views(plans()) for a, b in view.edges]
    assert edges
    for needed, user in edges:
        assert needed in rows[user]
        assert user in rows[needed]


def test_nothing_is_loaded(page: Element) -> None:
    """The page asks nobody for anything: only links that a reader may follow point outside."""
    for element in page.find():
        for name, value in element.attributes.items():
            if name in ("src", "srcset", "data", "action", "poster", "xlink:href"):
                pytest.fail(f"<{element.tag} {name}={value!r}>")
            if name == "href" and element.tag != "a":
                assert value.startswith("data:")
            assert not name.startswith("on")
    assert {"iframe", "object", "embed", "img", "base"}.isdisjoint({e.tag for e in page.find()})
    style = next(page.find("style")).text
    assert "url(" not in style
    assert "@import" not in style
    script = next(page.find("script")).text
    assert not re.search(r"https?:|fetch\(|XMLHttp|WebSocket|import\(|innerHTML|eval\(", script)
    policy = next(page.find("meta", http_equiv="Content-Security-Policy")).attributes["content"]
    assert policy.startswith(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:;"
    )


def test_the_same_plans_give_the_same_bytes() -> None:
    """A page may be compared with the one of yesterday."""
    assert render(plans()) == render(copy.deepcopy(plans()))


def _poison(value: Any, poison: str) -> Any:
    """The document with the poison at the end of every string that people may write."""
    keep = {"schema", "cloud", "urn", "type", "parent", "dependencies", "propertyDependencies"}
    if isinstance(value, dict):
        return {k: v if k in keep else _poison(v, poison) for k, v in value.items()}
    if isinstance(value, list):
        return [_poison(item, poison) for item in value]
    return f"{value}{poison}" if isinstance(value, str) else value


@pytest.mark.parametrize("poison", HOSTILE)
def test_hostile_text_is_shown_as_text(poison: str) -> None:
    """A name, reason, source or input that looks like markup changes nothing but text."""
    poisoned = [_poison(one, poison) for one in plans()]
    poisoned[0]["resources"][3]["urn"] += poison
    poisoned[0]["resources"][3]["type"] += poison
    poisoned[0]["findings"] = [{"rule": poison, "message": poison, "source": f"javascript:{poison}"}]

    hostile = read(render(poisoned))

    assert len(list(hostile.find("script"))) == len(list(hostile.find("style"))) == 1
    assert not list(hostile.find("img"))
    assert not [n for e in hostile.find() for n in e.attributes if n.startswith("on")]
    assert poison in next(hostile.find("h1")).text
    assert poison in next(hostile.find("svg")).text
    links = [a.attributes["href"] for a in hostile.find("a")]
    assert all(link.startswith(("#", "https://", "http://")) for link in links)


def test_a_character_that_reorders_text_is_made_visible() -> None:
    """Direction overrides, control characters and lone surrogates can't disguise a name."""
    one = plan()
    one["blueprint"] = "fraud\u202egnp.exe\x00\ud800"
    page = render([one])
    assert "fraud\ufffdgnp.exe\ufffd\ufffd" in page
    assert page.encode("utf-8")


@pytest.mark.parametrize(
    "secret",
    [{"secret": True, "value": "hunter2"}, {"4dabf18193072939515e22adb298388d": "x", "value": "hunter2"}],
)
def test_a_secret_is_never_shown(secret: dict[str, Any]) -> None:
    """A value marked secret is shown as such, at any depth and within JSON text."""
    one = plan()
    one["resources"][1]["inputs"] = {"password": secret, "deep": [{"token": secret}]}
    page = render([one])
    assert "hunter2" not in page
    assert "[secret]" in page


def test_json_within_json_is_unfolded() -> None:
    """A policy document in a string is shown indented, as a reviewer reads it."""
    one = plan()
    one["resources"][1]["inputs"] = {"policy": '{"Statement":[{"Effect":"Allow"}]}'}
    shown = next(read(render([one])).find("pre")).text
    assert '"policy": JSON text: {\n    "Statement": [\n      {\n' in shown


def test_parity_states_level_substitute_reason_and_source(page: Element) -> None:
    """Each answer of each cloud is there in words, with a link to what it rests on."""
    (section,) = page.find("section", id="parity")
    lines = [line for one in plans() for line in one["parity"]]
    levels = ("native", "substitute", "missing")
    badges = [span.text for span in section.find("span", class_="badge")]
    assert {level: badges.count(level) for level in levels} == {
        level: sum(line["support"] == level for line in lines) for level in levels
    }
    sources = [a.attributes["href"] for a in section.find("a")]
    assert sorted(sources) == sorted(line["source"] for line in lines)
    for line in lines:
        assert line["feature"] in section.text
        assert line["reason"] in section.text


def test_what_has_no_price_is_named_and_totals_are_at_least(page: Element) -> None:
    """An unknown price is never a zero: the item is listed, and every sum says `at least`."""
    (section,) = page.find("section", id="cost")
    (whole,) = section.find("table", class_="whole")
    assert [cell.text for cell in whole.find("td", class_="sum")] == [
        "at least $584",
        "at least $663",
        "at least $843",
    ]
    (listed,) = list(section.find("ul", class_="unpriced"))[:1]
    assert "interface endpoint \N{MULTIPLICATION SIGN} 13" in listed.text
    assert "endpoint-s3" in listed.text
    assert "$0" not in " ".join(cell.text for cell in section.find("td", class_="sum"))


def test_every_price_line_has_its_basis_source_and_date(page: Element) -> None:
    """A reviewer can check each amount against where it came from."""
    (section,) = page.find("section", id="cost")
    lines = [r for one in plans() for part in one["cost"]["components"] for r in part["rows"]]
    rows = [row for table in section.find("table", class_="stacked") for row in table.find("tr")]
    bodies = [row for row in rows if list(row.find("td"))]
    assert len(bodies) == len(lines)
    for row, line in zip(bodies, lines, strict=True):
        assert line["basis"] in row.text
        assert line["date"] in row.text
        links = [a.attributes["href"] for a in row.find("a")]
        assert [link for link in links if link.startswith("https:")] == [s for s in [line["source"]] if s]


@pytest.mark.parametrize("cost", [{}, {"currency": "USD", "components": []}])
def test_a_plan_without_estimate_says_so(cost: dict[str, Any]) -> None:
    """No estimate is neither zero nor an error."""
    one = plan()
    one["cost"] = cost
    page = read(render([one]))
    assert next(page.find("p", class_="price")).text.strip() == "not estimated"


def test_an_unpriced_line_without_a_list_makes_totals_lower_bounds() -> None:
    """A line without a price counts as unknown even when the plan forgot to list it."""
    one = plan("azure")
    one["cost"]["unknown"] = []
    assert next(read(render([one])).find("p", class_="price")).text.startswith("at least $843")


def test_findings_name_rule_resource_and_remedy() -> None:
    """A breach can be understood and followed to its resource without leaving the page."""
    one = plan()
    urn = one["resources"][5]["urn"]
    one["findings"] = [
        {
            "rule": "GP-SEC-004",
            "level": "mandatory",
            "urn": urn,
            "property": "enableNetworkIsolation",
            "message": "no isolation",
            "fix": "Close it.",
            "waived": {"reason": "load test", "owner": "risk-ml", "until": "2027-01-31"},
        }
    ]
    page = read(render([one]))
    (section,) = page.find("section", id="findings")
    for said in ("GP-SEC-004", "mandatory", "enableNetworkIsolation: no isolation", "Close it.", "until 2027-01-31"):
        assert said in section.text
    assert [a.attributes["href"] for a in section.find("a")] == [f"#{views([one])[0].by_urn[urn].anchor}"]


def test_a_page_without_findings_has_no_such_section(page: Element) -> None:
    """An empty heading would be a question."""
    assert not list(page.find("section", id="findings"))


def test_without_script_everything_is_there_and_nothing_dead_is(page: Element) -> None:
    """The script only adds: no section waits for it, and what needs it is hidden till it runs."""
    assert not [e for e in page.find("section") if "hidden" in e.attributes]
    for tag, name in (("form", "search"), ("div", "segments")):
        (control,) = page.find(tag, class_=name)
        assert "hidden" in control.attributes


def test_headers_say_what_they_head_and_regions_have_names(page: Element) -> None:
    """Tables and landmarks make sense to a reader who hears them."""
    assert all(th.attributes.get("scope") for th in page.find("th"))
    ids = {e.attributes["id"] for e in page.find() if "id" in e.attributes}
    for section in page.find("section"):
        assert section.attributes["aria-labelledby"] in ids
    for region in page.find("div", class_="scroll"):
        assert region.attributes.get("aria-label") or region.attributes["aria-labelledby"] in ids
        assert region.attributes["tabindex"] == "0"
    assert [len(list(page.find(tag))) for tag in ("h1", "main", "nav", "footer")] == [1, 1, 1, 1]
    assert next(page.find("html")).attributes["lang"] == "en"


def test_two_environments_of_a_cloud_are_told_apart() -> None:
    """The label is the cloud, and the environment where the cloud does not tell."""
    page = read(render([plan("aws", "dev"), plan("aws", "prod")]))
    assert [h.text for h in next(page.find("header")).find("h2")] == ["AWS dev", "AWS prod"]


def test_one_plan_needs_no_switch() -> None:
    """With one stack there is nothing to choose."""
    assert not list(read(render([plan()])).find("div", class_="segments"))


@pytest.mark.parametrize(("given", "said"), [([], "at least one"), ([{"schema": "other/2"}], "'other/2'")])
def test_what_is_no_plan_is_refused(given: list[dict[str, Any]], said: str) -> None:
    """The error says what was given and what is expected."""
    with pytest.raises(ValueError, match=said):
        render(given)


def test_a_price_that_hangs_on_a_component_is_led_back_to_it() -> None:
    """What a component resource is billed for counts for that component, and links to it."""
    one = plan()
    (owner,) = [r for r in one["resources"] if r["type"] == "groundplan:aws:Registry"]
    one["cost"]["unknown"] = [{"urn": owner["urn"], "item": "stored images"}]
    page = read(render([one]))
    (listed,) = page.find("ul", class_="unpriced")
    assert "stored images registry" in listed.text
    names = [th.text for th in page.find("th", scope="rowgroup")]
    assert "registry" in names
    assert "stack" not in names
