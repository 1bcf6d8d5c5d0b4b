"""Tests of meshctl/install."""
