"""Several runs side by side: settings, table and charts."""
