"""One module for each kind: its `Kind` constant and the questions that only this kind can answer."""
