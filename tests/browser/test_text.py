"""The text page in a real browser: it learns, writes live, and writes on demand."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_the_network_writes_while_it_learns_and_its_loss_falls_below_the_unigram_line(visit) -> None:
    tab = visit("/text")
    tab.press("play")
    tab.wait_for("sample", "value.length > 100")
    first = tab.reading("sample")
    tab.wait_for("test_loss", "value !== '' && Number(value) < 3.0")
    tab.wait_for("sample", f"value !== {first!r}")
    assert tab.reading("per_step_factor") == ""  # a loss on all timesteps has none
    tab.press("pause")
    tab.wait_for_state("paused")


def test_generate_writes_from_the_prompt_and_shows_what_else_was_likely(visit) -> None:
    tab = visit("/text?text_preset=hamlet&sequence_length=20&hidden_size=16")
    prompt = tab.page.locator(".st-key-prompt input")
    prompt.fill("To be ☃ or")
    prompt.press("Enter")
    tab.page.get_by_text("☃").first.wait_for()  # named as unknown
    tab.press("generate")
    written = tab.page.locator("[data-generated]")
    written.wait_for()
    text = written.get_attribute("data-generated")
    assert text.startswith("To be  or")
    assert len(text) == len("To be  or") + 200
    tab.page.wait_for_function("document.querySelector('[data-generated]').textContent.length >= 209")
    written.locator("span").nth(30).hover()
    assert re.search(r"\d %", tab.page.locator(".likely").inner_text())


def test_own_text_survives_a_reload_with_its_run(visit) -> None:
    tab = visit("/text")
    own = "the quick brown fox jumps over the lazy dog; " * 20
    area = tab.page.locator(".st-key-text textarea")
    area.fill(own)
    area.press("Control+Enter")
    tab.page.wait_for_url(re.compile("text_preset=own"))
    tab.press("step")
    tab.wait_for("step", "value === '1'")
    tab.page.wait_for_url(re.compile("run="))
    tab.page.reload()
    tab.wait_for("step", "value === '1'")
    tab.page.wait_for_function("text => document.querySelector('.st-key-text textarea').value === text", arg=own)


def test_chinese_poems_are_learnt_in_a_chinese_page(visit) -> None:
    tab = visit("/text?text_preset=poems&lang=zh&hidden_size=32&num_layers=1&batch_size=8")
    tab.press("step")
    tab.wait_for("sample", "/[\\u4e00-\\u9fff]/.test(value)")
