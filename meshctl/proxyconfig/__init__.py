"""What an Envoy proxy is configured with: reads its configuration dump into a model, and shows it in views.

`dump.read` takes the bytes of an admin page; `ConfigDump` gives its sections as typed resources, each decoded when
it is first asked for. A view (`views/`) is columns and rows over that model.
"""
