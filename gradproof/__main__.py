"""``python -m gradproof``."""

from gradproof.cli import run

if __name__ == "__main__":
    run()
