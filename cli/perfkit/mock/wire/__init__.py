"""The API server's conventions on the wire: paths, options, selectors, errors, formats."""
