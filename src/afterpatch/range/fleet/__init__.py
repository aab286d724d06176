"""Packages of many small servers, what is true of each, and who went from one to the next.

- `world.py`     crews with their infrastructure, scanners, exits, organizations
- `fate.py`      what happens to one server: its build, who comes when, what is kept of its logs
- `story.py`     tells that as rows, with the hands of `range/hands`
- `package.py`   writes one server as a zip
- `build.py`     the whole fleet: packages, register and ground truth
"""

from afterpatch.range.fleet.build import build_fleet

__all__ = ["build_fleet"]
