"""`python -m entrant` is the command `entrant`."""

from entrant.cli import main

if __name__ == "__main__":
    main()
