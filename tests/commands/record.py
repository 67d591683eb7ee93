"""Print how far train_record.py's recipes go on the test digits: python tests/commands/record.py mnist.npz FOLDER

Logs, networks and what each training printed are left in FOLDER; a training that is there already is not done again.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "examples" / "train_record.py"
RECIPES = {"deformed": [], "permutation-invariant": ["--permutation-invariant"]}
COSTS = re.compile(r"([\d,]+) seconds, ([\d,]+) samples a second(?:, at most ([\d.]+) GiB)?")
MISTAKES = re.compile(r"test accuracy ([\d.]+)%, (\d+) mistakes")


def train(name, options, data, folder):
    """Train, unless that was done already, and return what was printed."""
    printed = folder / f"{name}.txt"
    if not (printed.exists() and MISTAKES.search(printed.read_text())):
        command = [sys.executable, SCRIPT, "--data", data, "--log-dir", folder / "logs" / name, *options]
        with printed.open("w") as file:
            env = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
            subprocess.run([*command, "--save", folder / f"{name}.keras"], env=env, stdout=file, check=True)
    return printed.read_text()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=os.path.abspath, help="mnist.npz")
    parser.add_argument("folder", type=Path, help="where logs and networks are left")
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES), help="default: both")
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5), help="default: 0 1 2 3 4")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    print("| recipe | seed | test accuracy | mistakes | seconds | samples a second | GiB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for recipe in args.recipes:
        mistakes = []
        for seed in args.seeds:
            options = [*RECIPES[recipe], "--seed", str(seed)]
            said = train(f"{recipe}-{seed}", options, args.data, args.folder)
            accuracy, wrong = MISTAKES.search(said).groups()
            seconds, samples, memory = COSTS.search(said).groups()
            mistakes.append(int(wrong))
            print(f"| {recipe} | {seed} | {accuracy} % | {wrong} | {seconds} | {samples} | {memory} |", flush=True)
        print(f"| {recipe} | median | | {statistics.median(mistakes)} | | | |", flush=True)


if __name__ == "__main__":
    main()
