"""Tests of single views: what istioctl's own recordings do not show."""
