"""Stages and lawful acts of every subject beyond the first vote; importing a subject's file makes `given` know its stages."""

from tests.moves import keys as keys
