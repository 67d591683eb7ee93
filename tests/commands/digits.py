"""Print how many of a hundred made digits predict_digit.py tells with a model, of three seeds, and of letters.

python tests/commands/digits.py MODEL
"""

import re
import sys
import tempfile
from pathlib import Path

from made_digits import hundred_digits, letters
from programs import run_example


def main():
    """Print how many are right, wrong and refused, and which are not right, for each seed; and how many letters are."""
    model = Path(sys.argv[1]).expanduser().resolve()
    for seed in range(3):
        made = hundred_digits(seed)
        with tempfile.TemporaryDirectory() as folder:
            files = [one.save(folder) for one in made]
            done = run_example("predict_digit.py", model, *files, folder=folder)
        if not done.stdout:
            sys.exit(done.stderr)
        said = {name: int(digit) for name, digit in re.findall(r"([^/\n]+)\.\w+: (\d) ", done.stdout)}
        right = sum(said.get(one.name) == one.digit for one in made)
        print(f"seed {seed}: {right} right, {len(said) - right} wrong, {len(made) - len(said)} refused", end=": ")
        print(*(f"{one.name} ({said.get(one.name, '-')})" for one in made if said.get(one.name) != one.digit), sep=", ")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.png") for number, _ in enumerate(letters())]
        for file, (_, image) in zip(files, letters(), strict=True):
            image.save(file)
        done = run_example("predict_digit.py", model, *files, folder=folder)
    print(f"letters: {len(done.stderr.splitlines())} of {len(files)} are refused")


if __name__ == "__main__":
    main()
