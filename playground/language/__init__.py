"""Languages: translations, the words on the screen, and what is said of errors."""
