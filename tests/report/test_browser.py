"""The printed book in Chromium: ``make browser``. Each page at two widths, light and dark.

Skipped where Chromium is not installed or no printed book is named by GRADPROOF_BOOK.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from impl import (
    batch_norm,
    binary_cross_entropy,
    dense,
    elu,
    leaky_relu,
    maxout,
    relu,
    sigmoid,
    tanh,
)
from report.story import along
from report.story.chapters.normal import ways
from report.story.playground import points
from tests.report.browser import Chromium, Page, find_chromium

BOOK = Path(os.environ.get("GRADPROOF_BOOK", ""))
LANGUAGES = ("en", "ko")
pytestmark = [
    pytest.mark.skipif(not os.environ.get("GRADPROOF_BOOK"), reason="make browser runs it"),
    pytest.mark.skipif(not find_chromium(), reason="Chromium is not installed"),
]

# What is wrong with a page as it is laid out now, a line each.
FAULTS = """(() => {
  dispatchEvent(new Event("resize"));
  const found = [], name = e => (e.closest("[id]") || {}).id + " " + e.className;
  const seen = e => e.getClientRects().length > 0;
  if (document.documentElement.scrollWidth > innerWidth) { found.push("the page is wider than the screen"); }
  document.querySelectorAll("math").forEach(e => {
    if (!seen(e)) { return; }
    const box = e.closest(".eq, .scroll, td, p, li, dd, h2, a") || e.parentElement;
    const at = e.getBoundingClientRect(), room = box.getBoundingClientRect();
    const scrolls = e.closest(".scroll, .facts dd") || (e.closest(".eq") || {}).tabIndex === 0;
    if (at.right > room.right + 1.5 && !scrolls) { found.push("cut equation: " + name(box)); }
    if (e.closest(".eq") && parseFloat(getComputedStyle(e).fontSize) < 10) { found.push("tiny equation: " + name(box)); }
  });
  document.querySelectorAll("main svg").forEach(e => {
    const named = e.querySelector("title") || e.closest('.thumb, .key, [role="img"][aria-label], [role="img"][aria-labelledby]');
    if (!named) { found.push("picture without a name: " + name(e)); }
  });
  document.querySelectorAll("main button, main input, main select").forEach(e => {
    if (!(e.textContent.trim() || e.getAttribute("aria-label") || (e.labels && e.labels.length))) {
      found.push("control without a name: " + name(e));
    }
  });
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  ids.filter((id, n) => ids.indexOf(id) !== n).forEach(id => found.push("id twice: " + id));
  document.querySelectorAll('a[href^="#"]').forEach(e => {
    if (!document.getElementById(decodeURIComponent(e.getAttribute("href").slice(1)))) {
      found.push("leads nowhere: " + e.getAttribute("href"));
    }
  });
  return found;
})()"""  # noqa: E501


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """One browser for all."""
    with Chromium(find_chromium()) as found:
        yield found


def opened(browser: Chromium, language: str, name: str, **options: Any) -> Page:
    """A page of the book."""
    return browser.open((BOOK / language / f"{name}.html").resolve().as_uri(), **options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_at_both_widths_light_and_dark(
    browser: Chromium, language: str
) -> None:
    faults = []
    for path in sorted((BOOK / language).glob("*.html")):
        page = browser.open(path.resolve().as_uri())
        asked = [each for each in page.requests() if not each.startswith(path.resolve().as_uri())]
        faults += [f"{path.name}: asks for {each}" for each in asked]
        for width in (1280, 390):
            page.look(width=width, dark=False)
            faults += [f"{path.name} at {width}: {each}" for each in page.run(FAULTS)]
        light = page.run("getComputedStyle(document.body).color")
        page.look(width=390, dark=True)
        if page.run("getComputedStyle(document.body).color") == light:
            faults.append(f"{path.name}: the same colours in the dark")
        faults += [f"{path.name}: console: {each}" for each in page.said()]
        page.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_at_most_five_tabs_away(browser: Chromium, language: str) -> None:
    page = opened(browser, language, "perceptron", width=390)
    tabs, arrived = 0, False
    while not arrived and tabs < 9:
        page.press("Tab")
        tabs += 1
        arrived = page.run("document.activeElement.matches('.skip') || "
                           "!!document.activeElement.closest('main')")  # fmt: skip
    assert tabs <= 5
    page.press("Enter")
    assert page.run("location.hash") == "#text"
    page.close()


@pytest.mark.parametrize(("language", "other"), [("en", "ko"), ("ko", "en")])
def test_the_other_language_opens_at_the_same_paragraph(
    browser: Chromium, language: str, other: str
) -> None:
    page = opened(browser, language, "batch-norm")
    page.run("document.getElementById('bn-switches').scrollIntoView()")
    link = page.run("(() => { const link = document.querySelector('a.language');"
                    " link.addEventListener('click', e => e.preventDefault());"
                    " link.click(); return link.getAttribute('href'); })()")  # fmt: skip
    assert link.startswith(f"../{other}/batch-norm.html#")
    assert page.run("document.getElementById('bn-switches') !== null")
    page.close()


def test_steppers_work_with_keys_and_keep_their_step_in_the_address(browser: Chromium) -> None:
    page = opened(browser, "en", "batch-norm")
    page.run("document.querySelector('#bn-graph [data-go=next]').focus()")
    for key in ("End", "ArrowLeft", "Home", "ArrowRight", "ArrowRight"):
        page.press(key)
    assert page.run("location.hash") == "#bn-graph=2"
    assert page.run("document.querySelector('#bn-graph .now').textContent") == page.run(
        "document.querySelectorAll('#bn-graph .steps > li')[2].textContent"
    )
    page.run("document.querySelectorAll('#bn-graph .lit-rows .eq')[1].click()")
    assert page.run("document.querySelectorAll('#bn-graph .lit-rows > li')[1].matches('.lit')")
    page.close()


def test_parts_of_the_six_equations_light_up_on_both_sides(browser: Chromium) -> None:
    page = opened(browser, "en", "batch-norm")
    rows = page.run("""[...document.querySelectorAll(".six-box li")].map(row =>
      [...row.querySelectorAll("span[data-part]")].map(part => {
        part.focus();
        const lit = [...document.querySelectorAll(".six-box .lit")];
        return [lit.every(e => row.contains(e) && e.dataset.part === part.dataset.part),
                lit.some(e => e.tagName === "mrow"), lit.some(e => e.tagName === "SPAN")];
      }))""")
    assert len(rows) == 6
    assert all(all(part) for row in rows for part in row)
    page.close()


def test_the_switches_of_batch_norm_show_what_python_computed(browser: Chromium) -> None:
    page = opened(browser, "en", "batch-norm")
    for way in ways():
        for name, kept in (("var", way.var), ("mu", way.mu)):
            page.run(f"document.getElementById('bn-{name}').checked = {str(kept).lower()}")
        shown = page.run(
            "[...document.querySelectorAll('.switches .state')]"
            ".filter(e => e.getClientRects().length).map(e => e.dataset.state)"
        )
        assert shown == [f"{way.var:d}{way.mu:d}"]
    page.close()


def test_x_moves_along_all_six(browser: Chromium) -> None:
    page = opened(browser, "en", "activations")
    page.run("document.querySelector('.along input').focus()")
    page.press("Home")
    page.press("ArrowRight")
    told = page.run(
        "[...document.querySelectorAll('.along .panel')].map(e =>"
        " [e.querySelector('.y').textContent, e.querySelector('.slope').textContent])"
    )
    found = [along.values()[name] for name, _ in along.NAMES]
    assert np.array(told, float) == pytest.approx(
        np.array([[y[1], slope[1]] for y, slope in found]), abs=5.1e-3
    )
    page.close()


def test_a_line_put_by_hand_counts_as_the_unit_answers(browser: Chromium) -> None:
    page = opened(browser, "en", "one-line")
    told = page.run("""(() => {
      const figure = document.querySelector(".by-eye"), knobs = figure.querySelectorAll("[data-weight]");
      return [...figure.querySelectorAll("[name=gate]")].map(gate => {
        gate.checked = true;
        [1, 1, 0.5].forEach((v, n) => { knobs[n].value = v; });
        knobs[0].dispatchEvent(new Event("input", { bubbles: true }));
        return figure.querySelector(".right").textContent;
      });
    })()""")  # noqa: E501
    assert told == ["2 / 4", "4 / 4", "3 / 4"]  # x1 + x2 > 1/2: AND, OR, XOR
    page.close()


def learned(
    data: str, layers: int, units: int, name: str, norm: bool, eta: float, steps: int
) -> float:
    """The loss after so many steps, by the operations' own code from the playground's start."""
    x, t = (np.array(each, dtype=float) for each in points()[data])
    seed = 0

    def draw(*shape: int) -> Any:
        nonlocal seed
        found = []
        for _ in range(int(np.prod(shape))):
            seed = (seed * 1664525 + 1013904223) % 2**32
            found.append(2 * seed / 2**32 - 1)
        return np.array(found).reshape(shape)

    functions = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu, "leaky_relu": leaky_relu,
                 "elu": elu}  # fmt: skip
    network: list[list[Any]] = []
    sizes = [2, *[units] * layers, 1]
    for at, (inputs, outputs) in enumerate(pairwise(sizes)):
        hidden = at < layers
        pieces = 2 if name == "maxout" and hidden else 1
        drawn = [(draw(inputs, outputs) * (3 / inputs) ** 0.5, draw(outputs) * 0.5)
                 for _ in range(pieces)]  # fmt: skip
        if pieces == 2:
            W, b = (np.stack(each) for each in zip(*drawn))
            network.append([maxout, {}, W, b])
        else:
            network.append([dense, {}, *drawn[0]])
        if norm and hidden:
            network.append([batch_norm, {"eps": 1e-5}, np.ones(outputs), np.zeros(outputs)])
        if hidden and name in functions:
            network.append([functions[name], {}])

    def forward() -> tuple[float, list[Any], Any]:
        value, caches = x, []
        for operation, options, *weights in network:
            value, cache = operation.forward(value, *weights, **options)
            caches.append(cache)
        loss, cache = binary_cross_entropy.forward(value[:, 0], t)
        return float(loss), caches, cache

    for _ in range(steps):
        _, caches, cache = forward()
        back = binary_cross_entropy.backward(np.array(1.0), cache)[:, None]
        for layer, cache in zip(reversed(network), reversed(caches)):
            found = layer[0].backward(back, cache)
            if len(layer) > 2:
                back, *slopes = found
                layer[2:] = [w - eta * slope for w, slope in zip(layer[2:], slopes)]
            else:
                back = found
    return forward()[0]


@pytest.mark.parametrize(
    "chosen",
    [
        ("gate", 1, 2, "tanh", False, 1, 9),
        ("moons", 2, 5, "relu", True, 0.3, 6),
        ("circles", 1, 4, "maxout", True, 1, 6),
        ("moons", 3, 8, "elu", False, 0.1, 5),
        ("circles", 2, 3, "leaky_relu", False, 0.3, 5),
        ("gate", 1, 3, "sigmoid", True, 3, 5),
    ],
)
def test_the_playground_learns_by_the_proved_formulas(
    browser: Chromium, chosen: tuple[Any, ...]
) -> None:
    data, layers, units, name, norm, eta, steps = chosen
    page = opened(browser, "en", "several-lines")
    given = {"data": data, "layers": layers, "units": units, "activation": name, "eta": f"{eta:g}"}
    loss = page.call(
        """(given, norm, steps) => {
          const figure = document.querySelector(".playground");
          for (const name in given) {
            figure.querySelector(`[name=${name}]`).value = given[name];
          }
          const box = figure.querySelector("[name=norm]");
          box.checked = norm;
          box.dispatchEvent(new Event("input", { bubbles: true }));
          for (let k = 0; k < steps; k++) { figure.querySelector("[data-do=step]").click(); }
          return Number(figure.dataset.loss);
        }""",
        given, norm, steps,
    )  # fmt: skip
    assert loss == pytest.approx(learned(*chosen), rel=1e-9)
    page.close()
