"""Exports as phone systems and spreadsheets write them: languages, delimiters, letters, times and lengths differ."""
