"""One blueprint in, equivalent ML stacks out: the tool and its library."""

__version__ = "0.1.0"
