"""The report: everything that stored results tell, as one page that needs nothing else, or as a release note."""
