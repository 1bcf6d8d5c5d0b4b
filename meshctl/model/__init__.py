"""The resource model that linter, injector and installer share: it knows no file, no cluster and no terminal."""
