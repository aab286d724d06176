"""The file of a report: its text with offsets, what of it is the report, its date and publisher."""
