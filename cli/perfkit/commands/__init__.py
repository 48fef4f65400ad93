"""One module a subcommand: parse, call, show. Heavy imports are inside the bodies, so that --help stays quick."""
