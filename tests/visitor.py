"""A visitor without a browser: opens a page of the app by its link, presses buttons, reads the link back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.fakes import Hall

FRAME = Path(__file__).parents[1] / "playground" / "frame.py"
Visit = Callable[..., AppTest]  # of a page's name and the settings in its link


def opened(page: str, **link: str) -> AppTest:
    """The app after it has drawn this page, called by this link."""
    app = AppTest.from_file(str(FRAME), default_timeout=120)
    app.run()
    app.switch_page(f"../pages/{page}.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def link_of(app: AppTest) -> dict[str, str]:
    """The link that the page has written."""
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def press(app: AppTest, key: str) -> AppTest:
    """The app after a click on the button with this key."""
    app.button(key=key).click().run()
    assert not app.exception
    return app


def run_of(app: AppTest, hall: Hall) -> Any:
    """The run that the page's link names; the type checker takes it to be there."""
    return hall.registry.find(link_of(app)["run"])
