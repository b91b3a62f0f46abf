"""Where the files that the app shows lie: texts, series, lessons, translations, the logo."""

from pathlib import Path

ASSETS = Path(__file__).parent.parent / "assets"
