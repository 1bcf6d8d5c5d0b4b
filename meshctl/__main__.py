"""`python -m meshctl`."""

from meshctl.cli.start import main

main()
