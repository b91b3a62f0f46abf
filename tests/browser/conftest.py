"""The app as a visitor meets it: a real server, a real Chromium."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from play import BROWSERS

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Milliseconds until a test that waits gives up: being slow is no failure, except where a test says how slow.
PATIENCE = 120_000
#: Streamlit looks for its server below a deep link's path first.
PROBES = re.compile(r"/_stcore/(health|host-config)")


class Server:
    """`streamlit run app.py` on a free port, started from elsewhere."""

    def __init__(self, log: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
        command += ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=log.parent,
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._wait_until_it_answers()
        self.seconds_to_answer = time.monotonic() - self.started

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)  # the operating system offers nothing to wait on here
        raise TimeoutError(self.log.read_text())

    def workers(self) -> list[psutil.Process]:
        """The worker processes: children that multiprocessing spawned."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def stop(self) -> int:
        """End the server as an operator would; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that do not break it; its log must be clean at the end."""
    server = Server(tmp_path_factory.mktemp("server") / "log.txt")
    yield server
    server.stop()
    complaints = re.findall(r"^.*(?:Traceback|Error|Warning|Exception).*$", server.log.read_text(), re.MULTILINE)
    assert not complaints, server.log.read_text()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers for one test, which may break them."""
    servers: list[Server] = []

    def start(**environment: str) -> Server:
        servers.append(Server(tmp_path / f"log{len(servers)}.txt", **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def executable() -> str | None:
    """The browser that PLAYGROUND_BROWSER names, as `play.py test` sets it, or one installed; None: Playwright's own."""
    return os.environ.get("PLAYGROUND_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


class Contexts:
    """A browser's contexts, one for each set of options: a test forgets its visitors, and the scripts stay loaded."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: dict[str, BrowserContext] = {}

    def page(self, **options: object) -> Page:
        """A new tab of a browser with these options."""
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        name = repr(sorted(options.items()))
        if name not in self._kept:
            self._kept[name] = self._browser.new_context(**options)  # type: ignore[arg-type]
        return self._kept[name].new_page()

    def forget(self) -> None:
        """Close all tabs, and forget what their visitors stored and allowed."""
        for context in self._kept.values():
            for page in context.pages:
                with suppress(PlaywrightError):  # a page whose server has gone has no storage
                    page.evaluate("localStorage.clear()")
                page.close()
            context.clear_cookies()
            context.clear_permissions()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """The tabs of all tests."""
    return Contexts(browser)


class Visit:
    """A visitor's tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self.url = url
        self.complaints: list[str] = []
        self.may_complain = False  # set by a test that takes the server away
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type in ("error", "warning") and not PROBES.search(where):
            self.complaints.append(f"{message.text} ({where})")

    def open(self, path: str, ready: str | None = None) -> "Visit":
        """Go to a page and wait until it can be used: until `ready`, a selector, is there, or the page of a run is."""
        self.page.goto(self.url + path)
        if ready is not None:
            self.page.locator(ready).first.wait_for()
            return self
        self.page.locator(".st-key-play button, .st-key-pause button").first.wait_for()
        self.page.locator('[data-live="state"]').wait_for()
        self.page.locator("[data-chart] .main-svg").last.wait_for()
        return self

    def press(self, key: str) -> None:
        self.page.locator(f".st-key-{key} button").first.click()

    def reading(self, name: str) -> str:
        return self.page.locator(f'[data-live="{name}"]').get_attribute("data-value") or ""

    def number(self, name: str) -> float:
        return float(self.reading(name) or "nan")

    def wait_for(self, name: str, condition: str, timeout: float = PATIENCE) -> None:
        """Wait until `condition`, JavaScript over `value` (the reading as text), holds."""
        self.page.wait_for_function(
            f"""() => {{
                const value = document.querySelector('[data-live="{name}"]')?.dataset.value ?? "";
                return {condition};
            }}""",
            timeout=timeout,
        )

    def wait_for_state(self, state: str, timeout: float = PATIENCE) -> None:
        """Wait for a state, and for the button that belongs to it."""
        self.wait_for("state", f"value === '{state}'", timeout)
        self.page.locator(f".st-key-{'pause' if state == 'running' else 'play'} button").wait_for()


@pytest.fixture
def visit(server: Server, contexts: Contexts) -> Iterator[Callable[..., Visit]]:
    """Opens tabs, each a visit of its own; the console of all must stay clean."""
    visits: list[Visit] = []

    def open_tab(path: str = "/time-series", at: Server = server, ready: str | None = None, **options: object) -> Visit:
        visits.append(Visit(contexts.page(**options), at.url))
        return visits[-1].open(path, ready)

    yield open_tab
    contexts.forget()
    complaints = [complaint for visited in visits if not visited.may_complain for complaint in visited.complaints]
    assert not complaints
