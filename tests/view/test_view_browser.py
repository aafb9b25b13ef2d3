"""The page in a real browser: marks, cards, links both ways, filter, map, table, languages, keyboard, and hostile reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from browsing import Sheet
from rasid.view import make_page, page_data
from readings import HOSTILE, full_reading, reading
from stubs import REPORT

# How many of the things that can be used have no name for a screen reader.
UNNAMED = """[...document.querySelectorAll('button, select, input, [role=button], [role=region]')].filter((n) => n.checkVisibility()
    && !(n.ariaLabel || n.textContent.trim() || n.title || n.getAttribute('aria-labelledby') || (n.labels && n.labels.length))).length"""


@pytest.fixture
def sheet(browser: Any) -> Iterator[Sheet]:
    made = Sheet(browser)
    yield made
    made.close()


def show(sheet: Sheet, tmp_path: Path, *readings: Any, **options: Any) -> Any:
    path = tmp_path / "page.html"
    path.write_text(make_page(page_data(readings), **options), encoding="utf-8")
    return sheet.open(path.as_uri())


def texts(page: Any, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def test_an_event_is_shown_beside_its_report_and_linked_both_ways(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading(), lang="en")
    first = page.locator("#cards .card").first
    assert "Shelling" in first.inner_text()
    said = first.inner_text()
    for expected in (
        "killed: at least 7",
        "killed: 2",
        "wounded: about 20 to 30",
        "Syrian army",
        "Sarmin",
        "2024-11-29",
        "Civil Defence",
        "0.90",
    ):
        assert expected in said
    assert page.locator("#report .text").get_attribute("dir") == "rtl"
    # From a value to its words: the very words, though an astral character stands before them.
    first.locator(".value", has_text="قوات النظام").click()
    assert texts(page, "#report .lit") == ["قوات النظام"]
    assert page.evaluate("document.activeElement.textContent") == "قوات النظام"
    # And back from the words to the values.
    page.locator("#report .word", has_text="بلدة سرمين").click()
    assert "بلدة سرمين" in texts(page, "#cards .value.lit")[0]
    assert texts(page, "#report .lit") == ["بلدة سرمين"]
    assert sheet.requests == [page.url]
    sheet.keep("english")


def test_a_denied_event_is_told_by_words_sign_and_border(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading(), lang="en")
    denied = page.locator(".card.st-denied")
    assert "✗ Denied: said not to have happened" in denied.inner_text()
    assert denied.evaluate("node => getComputedStyle(node).borderTopStyle") == "dashed"
    assert "line-through" in denied.locator(".value").first.evaluate("node => getComputedStyle(node).textDecorationLine")
    assert page.locator("#report .word.st-denied").first.get_attribute("data-mark") == "✗"
    assert "DENIED" in page.locator("#table tr.st-denied").inner_text()
    assert "DENIED" in page.locator("#timeline li", has_text="Airstrike").inner_text()
    # Its 50 dead are in no sum; those of the alleged event stand apart.
    assert texts(page, "#figures tfoot td") == ["7 + 7 (Alleged)", "20 + 20 (Alleged)"]


def test_places_are_rings_and_never_points(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading(), lang="en")
    assert page.locator("#map path.ring").count() == 2  # the asserted and the denied; an event without coordinates has none
    assert page.locator("#map .leaflet-marker-icon img, #map img").count() == 0
    sizes = page.locator("#map path.ring").evaluate_all("nodes => nodes.map(node => node.getBBox().width)")
    assert min(sizes) >= 17
    wide, narrow = (page.locator(f"#map path.ring.st-{status}").evaluate("n => n.getBBox().width") for status in ("denied", "asserted"))
    assert wide > narrow  # a governorate against a town
    assert page.locator("#map path.land").count() == 1
    page.locator("#cards .small", has_text="On the map").first.click()
    assert page.evaluate("document.activeElement.id") == "map"


def test_the_filter_leaves_what_was_asked_for(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading(), reading(REPORT, "r2"), lang="en")
    rows = page.locator("#table tbody tr")
    assert rows.count() == 5
    page.locator("[name=status][value=denied]").uncheck()
    sheet.wait("#table tbody tr", 4)
    assert page.locator("#shown").inner_text() == "4 of 5 events shown"
    assert page.locator(".card.st-denied, path.ring.st-denied").count() == 0
    page.locator("#search").fill("الجَيش السورى")  # vowels and the form of ya do not matter
    sheet.wait("#table tbody tr", 2)
    page.get_by_role("button", name="Show all", exact=True).click()
    assert rows.count() == 5
    # The table leads to the card, in the other report too.
    rows.last.locator("button").first.click()
    assert "r2" in page.locator("#report").inner_text()
    assert page.evaluate("document.activeElement.className").startswith("card")


def test_columns_sort(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading(), lang="en")
    page.locator("#table thead button", has_text="Confidence").click()
    assert page.locator("#table th[aria-sort=ascending]").inner_text().startswith("Confidence")
    assert texts(page, "#table tbody td:nth-child(12)") == ["–", "0.30", "0.90", "0.90"]


def test_the_labels_switch_between_arabic_and_english(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading())
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert "منفي: قيل إنه لم يقع" in page.locator(".card.st-denied").inner_text()
    assert "قتلى: 7 على الأقل" in page.locator(".card").first.inner_text()
    sheet.keep("arabic")
    page.locator("#language").click()
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang].join()") == "ltr,en"
    assert page.locator("#report .text").get_attribute("dir") == "rtl"
    page.emulate_media(color_scheme="dark")
    sheet.keep("dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"


def test_the_keyboard_reaches_words_and_values(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading(), lang="en")
    word = page.locator("#report .word[tabindex='0']", has_text="7").first
    word.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('value')")
    assert page.locator("#live").inner_text().startswith("Values:")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "7"
    assert page.locator(".lit").count() == 0
    unnamed = page.evaluate(UNNAMED)
    assert unnamed == 0


def test_a_phone_shows_it_without_scrolling_sideways(sheet: Sheet, tmp_path: Path):
    sheet.page.set_viewport_size({"width": 360, "height": 780})
    page = show(sheet, tmp_path, full_reading())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sheet.keep("phone")


def test_print_shows_all_of_the_report(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, full_reading())
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()
    assert page.locator("#report .text").evaluate("node => getComputedStyle(node).overflowY") == "visible"
    sheet.keep("print")


def test_a_hostile_report_is_text(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, reading(HOSTILE, name="<img src=x onerror=alert(9)>"), lang="en")
    assert "<script>alert(1)</script>" in page.locator("#report .text").inner_text()
    assert page.locator("#view img, #view script, #view a[href^=javascript]").count() == 0
    assert "\ufffdقلب" in page.locator("#report .text").inner_text()
    page.locator("#report .word", has_text="قصف").click()
    assert page.locator("#cards .lit").count() >= 1


def test_a_line_of_a_megabyte_is_shown_in_parts(sheet: Sheet, tmp_path: Path):
    small = reading(REPORT)
    page = show(sheet, tmp_path, replace(small, text=REPORT + " كلمة" * 200_000), lang="en")
    assert len(page.locator("#report .text").inner_text()) < 40_000
    page.get_by_role("button", name="Show the rest of the text").click()
    assert len(page.locator("#report .text").inner_text()) > 150_000
    page.locator("#report .word", has_text="قصف").click()
    assert page.locator("#cards .lit").count() >= 1


def test_records_without_their_report_show_the_marked_words(sheet: Sheet, tmp_path: Path):
    page = show(sheet, tmp_path, replace(full_reading(), text=None), lang="en")
    assert "only the marked words are shown" in page.locator("#report").inner_text()
    page.locator("#cards .value", has_text="قوات النظام").first.click()
    assert texts(page, "#report .lit") == ["قوات النظام"]
