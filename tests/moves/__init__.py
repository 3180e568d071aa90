"""Stages and lawful acts of every subject beyond the first vote; importing a subject's file makes `given` know its stages."""

from tests.moves import board as board
from tests.moves import counting as counting
from tests.moves import elections as elections
from tests.moves import keys as keys
from tests.moves import rights as rights
