"""The command line: options in, a library call, output, an exit code."""
