"""Tests of meshctl/verify."""
