"""The chapter as short lessons: texts in assets/lessons, beside each a live thing preset to what the text is about."""
