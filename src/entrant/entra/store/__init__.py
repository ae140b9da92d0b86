"""The only SQL of the emulator: one module beside one `.sql` file per subject, and the migrations."""

from importlib.resources import files

MIGRATIONS = files(__package__) / "migrations"
"""The folder that `open_database` wants."""
