"""The page in a real browser: search, switching, links, diagrams, narrow screens, paper."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from groundplan.report import render
from groundplan.report.view import View, views
from tests.report.chromium import NAMES, Browser, binary, browser
from tests.report.sample import plans

pytestmark = pytest.mark.browser

VIEWS = views(plans())
AWS: View = VIEWS[0]
OPEN_ALL = "all('details').forEach((d) => { d.open = true; });"
VISIBLE = "all('.resource').filter((r) => r.getClientRects().length).map((r) => r.id)"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with the sample page, and one whose names are long and without a space."""
    long = plans()
    for one in long:
        one["blueprint"] = "averyverylongblueprintname" * 4
        for resource in one["resources"][1:]:
            resource["name"] += "x" * 120
        one["parity"][0]["reason"] = one["parity"][0]["by"] = "unbroken" * 30
        one["cost"]["components"][0]["rows"][0]["item"] = "item" * 40
    pages = {"/page": render(plans()), "/long": render(long)}
    with browser(tmp_path_factory.mktemp("browser"), pages) as running:
        yield running


def test_it_runs_without_an_error_and_asks_for_nothing(chromium: Browser) -> None:
    """No script error, no refused resource, no request but the page itself."""
    chromium.asked.clear()
    chromium.console.clear()
    controls = chromium.inspect("/page", "return all('form, .segments').map((e) => e.hidden);")
    assert controls == [False, False]
    assert chromium.console == []
    assert [path for path in chromium.asked if path != "/favicon.ico"] == ["/frame", "/page"]


def test_search_finds_names_types_and_input_values(chromium: Browser) -> None:
    """Typing leaves the rows that hold every word, in any stack, and says how many."""
    script = f"""
      const query = doc.getElementById("query"), results = {{}};
      for (const words of ["scorer", "VPCENDPOINT endpoint-kms", "s3:GetObject", "nowhere", ""]) {{
        query.value = words;
        query.dispatchEvent(new win.Event("input"));
        results[words] = {{ rows: {VISIBLE}, said: doc.getElementById("found").textContent,
          parts: all(".part").filter((p) => p.offsetParent !== null).length,
          nothing: all(".nothing").filter((p) => p.offsetParent !== null).length }};
      }}
      return results;"""
    found = chromium.inspect("/page", script)

    by_name = {r.name: r.anchor for r in AWS.resources}
    assert found["VPCENDPOINT endpoint-kms"]["rows"] == [by_name["endpoint-kms"]]
    assert found["VPCENDPOINT endpoint-kms"]["parts"] == 1
    policies = [r.anchor for r in AWS.resources if "GetObject" in json.dumps(r.inputs)]
    assert policies
    assert found["s3:GetObject"]["rows"] == policies
    assert f"{len(policies)} of {len(AWS.resources)} on AWS" in found["s3:GetObject"]["said"]
    assert set(found["scorer"]["rows"]) >= {by_name["scorer"], by_name["scorer-model"]}
    assert found["nowhere"]["rows"] == []
    assert found["nowhere"]["nothing"] == 1
    assert len(found[""]["rows"]) == len(AWS.resources)
    assert found[""]["said"] == ""


def test_slash_reaches_the_search_and_escape_leaves_it_empty(chromium: Browser) -> None:
    """The search works from the keyboard alone."""
    script = f"""
      const query = doc.getElementById("query");
      const press = (on, key) => on.dispatchEvent(
        new win.KeyboardEvent("keydown", {{ key, bubbles: true, cancelable: true }}));
      press(doc.body, "/");
      const focused = doc.activeElement.id;
      query.value = "scorer";
      query.dispatchEvent(new win.Event("input"));
      const during = {VISIBLE}.length;
      press(query, "Escape");
      return [focused, during, query.value, {VISIBLE}.length];"""
    focused, during, value, after = chromium.inspect("/page", script)
    assert (focused, value, after) == ("query", "", len(AWS.resources))
    assert 0 < during < after


def test_one_stack_at_a_time(chromium: Browser) -> None:
    """The switch shows one stack everywhere on the page, and says which."""
    script = """
      const seen = {};
      for (const button of all(".segments button")) {
        button.click();
        seen[button.dataset.show] = {
          shown: [...new Set(all(".stack").filter((s) => !s.hidden).map((s) => s.dataset.stack))],
          pressed: all("button[aria-pressed=true]").map((b) => b.dataset.show) };
      }
      return seen;"""
    keys = [view.key for view in VIEWS]
    assert chromium.inspect("/page", script) == {key: {"shown": [key], "pressed": [key]} for key in keys}


def test_a_click_on_a_box_lands_on_its_resources(chromium: Browser) -> None:
    """A component's box leads to its part with the inner picture open; a resource's to its row."""
    part = next(c for c in AWS.components if c.name == "endpoints/scorer")
    row = next(r for r in part.resources if r.name == "scorer-model")
    script = f"""
      const land = async (node) => {{
        node.closest("a").dispatchEvent(new win.MouseEvent("click", {{ bubbles: true, cancelable: true }}));
        await sleep(200);
        const target = doc.activeElement, box = target.getBoundingClientRect();
        return {{ id: target.id, top: box.top, open: all("details[open]", target).length }};
      }};
      const first = await land(doc.querySelector('.node[data-node="{part.anchor}"]'));
      const second = await land(doc.querySelector('.node[data-node="n-{row.anchor}"]'));
      return [first, second];"""
    first, second = chromium.inspect("/page", script)
    assert (first["id"], first["open"]) == (part.anchor, 1)
    assert (second["id"], second["open"]) == (row.anchor, 1)
    assert 0 <= first["top"] < 900
    assert 0 <= second["top"] < 900


def test_a_link_into_a_hidden_stack_shows_it(chromium: Browser) -> None:
    """An address with a resource of another cloud opens there, even when a search hides it."""
    target = VIEWS[2].resources[-1].anchor
    script = f"""
      const query = doc.getElementById("query");
      query.value = "nowhere";
      query.dispatchEvent(new win.Event("input"));
      win.location.hash = "{target}";
      await sleep(200);
      return [doc.activeElement.id, doc.getElementById("{target}").offsetParent !== null];"""
    assert chromium.inspect("/page", script) == [target, True]


def test_pointing_at_a_box_lights_its_neighbours(chromium: Browser) -> None:
    """Hover and focus light exactly the components that need this one or that it needs."""
    part = next(c for c in AWS.components if c.name == "pipelines/refresh")
    where = {c.name: c.anchor for c in AWS.components}
    near = {part.name}
    for needed, user in AWS.edges:
        if part.name in (needed.component, user.component):
            near |= {needed.component, user.component}
    script = f"""
      const node = doc.querySelector('.node[data-node="{part.anchor}"]');
      const lit = () => all(".asked .node.near").map((n) => n.dataset.node);
      node.dispatchEvent(new win.MouseEvent("mouseover", {{ bubbles: true }}));
      const hovered = lit();
      node.closest("svg").dispatchEvent(new win.MouseEvent("mouseleave"));
      const left = lit();
      node.closest("a").focus();
      return [hovered, left, lit()];"""
    hovered, left, focused = chromium.inspect("/page", script)
    assert set(hovered) == set(focused) == {where[name] for name in near}
    assert 1 < len(near) < len(AWS.components)
    assert left == []


@pytest.mark.parametrize("path", ["/page", "/long"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(chromium: Browser, path: str, width: int) -> None:
    """Whatever is wide scrolls within its own frame, with every detail open."""
    script = f"""
      {OPEN_ALL}
      const page = doc.documentElement;
      const wide = all("body *").filter((e) => !e.closest(".scroll, pre, .sections, .unseen, .skip")
        && e.getBoundingClientRect().right > win.innerWidth + 1);
      return [win.innerWidth, page.scrollWidth, wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 120))];"""
    inner, scrolled, wide = chromium.inspect(path, script, width=width)
    assert inner == width
    assert wide == []
    assert scrolled <= width


def test_words_stay_in_their_boxes_with_real_fonts(chromium: Browser) -> None:
    """Measured by the browser, every label of every picture is inside its frame."""
    script = f"""
      {OPEN_ALL}
      const bad = [], boxes = all(".stack:not([hidden]) .diagram .node");
      for (const node of boxes) {{
        const frame = [...node.querySelectorAll(".frame")].pop().getBBox();
        for (const text of node.querySelectorAll("text")) {{
          const box = text.getBBox();
          if (box.x < frame.x || box.x + box.width > frame.x + frame.width
              || box.y < frame.y || box.y + box.height > frame.y + frame.height)
            bad.push(text.textContent);
        }}
      }}
      return [boxes.length, bad];"""
    boxes, bad = chromium.inspect("/page", script)
    assert boxes > len(AWS.components)
    assert bad == []


def test_paper_gets_every_stack_and_what_is_folded(chromium: Browser) -> None:
    """Printing unfolds tables and pictures, whichever stack is on the screen, then folds again."""
    script = """
      const open = () => all("details.paper").filter((d) => d.open).length;
      const before = open();
      win.dispatchEvent(new win.Event("beforeprint"));
      const during = open();
      win.dispatchEvent(new win.Event("afterprint"));
      return [before, during, open(), all("details.paper").length];"""
    before, during, after, total = chromium.inspect("/page", script)
    assert (before, during, after) == (0, total, 0)

    printed = chromium.print("/page")

    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 10 < pages < 80


def test_a_missing_browser_is_a_failure_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody believes these tests ran when they did not."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CHROMIUM", "")
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        binary()
    assert NAMES == ("chromium", "chromium-browser", "google-chrome")
