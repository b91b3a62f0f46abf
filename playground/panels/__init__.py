"""What stands below the charts of a training page."""
