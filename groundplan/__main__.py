"""`python -m groundplan` is `groundplan`."""

from groundplan.cli.app import main

if __name__ == "__main__":
    main()
