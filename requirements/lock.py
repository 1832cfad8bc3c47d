"""Pin what setup.cfg allows: `make lock` writes requirements/*.txt with hashes and without any host.

page.txt has Node.js alone, for machines that have none that is new enough; it goes into .venv beside the others.
"""

import subprocess
from configparser import ConfigParser
from pathlib import Path

HERE = Path(__file__).parent
SETS = {"production": [], "run": ["embedded"], "dev": ["embedded", "dev"]}
ALONE = {"page": ["page"]}
UV = (  # noqa: SIM905 - a command reads best as a line
    "uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate"
    " --no-emit-index-url --no-emit-find-links --quiet"
).split()


def main() -> None:
    """Write one pinned file for each set; uv reads the old pins, so only what must move moves."""
    config = ConfigParser()
    config.read(HERE.parent / "setup.cfg")
    for name, extras in {**SETS, **ALONE}.items():
        ranges = "" if name in ALONE else config["options"]["install_requires"]
        ranges += "".join(config["options.extras_require"][extra] for extra in extras)
        target = HERE / f"{name}.txt"
        subprocess.run([*UV, "--output-file", str(target)], input=ranges, text=True, check=True)


if __name__ == "__main__":
    main()
