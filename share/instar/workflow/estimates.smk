# Memory, time and threads of every job: what the tools' --dry-run estimates, and where the tool's input is only made on
# the way, a formula in the sizes that `fit --dry-run` and `info` have written.


def planned(input):
    """The tool's own estimate (--dry-run); None where it is not made yet, or just being written."""
    try:
        return json.loads(Path(input.plan).read_text())
    except (OSError, ValueError):
        return None


# Snakemake asks twice: while it plans, when there is no estimate yet, and again when the job is ready to run. (An error
# for "not known yet" would be understood too, but not for runtime by Snakemake 7.21.)
def memory(wildcards, input):
    """In MB: the estimate, and what an estimate may be wrong by."""
    plan = planned(input)
    return 200 + int(1.2 * plan["memory_bytes"] / 1e6) if plan else 2000


def reading_minutes(wildcards, input):
    """For a few passes over the matrix; a million values a second is a slow core on a slow disk."""
    plan = planned(input)
    return 10 + plan["values"] // 60_000_000 if plan else 30


def fit_seconds(input):
    """A step costs about 20 operations for each parameter and row; 2e9 a second is a slow core."""
    plan = planned(input)
    return 20 * plan["parameters"] * plan["rows_per_step"] * plan["options"]["steps"] / 2e9 if plan else None


def fit_minutes(wildcards, input):
    seconds = fit_seconds(input)
    return 30 if seconds is None else 10 + int(seconds / 60)


def fit_threads(wildcards, input):
    """Short fits are better run side by side than by several threads each."""
    return min(config["threads"], 1 + int((fit_seconds(input) or 0) / 30))


# What follows a fit takes memory for the cells it holds, in columns of 8 bytes (measured at 1,500 to 100,000 cells). Sizes
# are those that `fit --dry-run` and `info` have written; 30 MB are the program itself.
def cell_bytes(plan, columns):
    return 30_000_000 + 8 * columns * plan["cells"]


def basis_columns(info, plan):
    given = info["obsm"].get(config["basis"])
    return given[1] if given else max(plan["dims"], config["components"])


def sizes(input):
    """The plan of the fit and what `info` says; None where they are not made yet."""
    plan, info = planned(input), None
    try:
        info = json.loads(Path(input.times).read_text())
    except (OSError, ValueError):
        pass
    return None if plan is None or info is None else (plan, info)


def cells_around(info, time):
    """Cells at the time before, at it, and after it; where it is not held out, those of the first time."""
    counts = [(entry["time"], entry["cells"]) for entry in info["times"]]
    if time == "none":
        return 0, 0, counts[0][1]
    at = min(range(len(counts)), key=lambda k: abs(counts[k][0] - float(time)))
    before = counts[at - 1][1] if at > 0 else 0
    return before, counts[at][1], counts[at + 1][1] if at + 1 < len(counts) else 0


def predicted_rows(info, wildcards):
    before, _, after = cells_around(info, wildcards.time)
    if wildcards.start == "first":
        return info["times"][0]["cells"]
    return before + (after if wildcards.start == "between" else 0)


# The tools' memory in bytes: cells, and rows of a prediction with their velocities; for `holdout` the pairs of the
# times before and after too, on which wfr-midpoint is solved (beyond 100 million on a sample).
def predict_bytes(plan, info, rows):
    return cell_bytes(plan, basis_columns(info, plan) + plan["dims"] + 10) + 8 * rows * (4 * plan["dims"] + 20)


def annotate_bytes(plan, info):
    return cell_bytes(plan, 2 * basis_columns(info, plan) + 2 * plan["dims"] + 20)


def score_bytes(plan, info, rows, truth):
    return cell_bytes(plan, basis_columns(info, plan) + 10) + 8 * (rows + truth) * (2 * plan["dims"] + 100)


def baselines_bytes(plan, info, before, truth, after):
    return cell_bytes(plan, 2 * basis_columns(info, plan) + plan["dims"]) + 13 * min(before * after, 10**8)


def asked(wildcards, input, bytes_of, seconds_of):
    """(MB, minutes), as for the other rules: a fifth and 200 MB more, ten minutes more."""
    known = sizes(input)
    if known is None:
        return 2000, 30
    return 200 + int(1.2 * bytes_of(*known) / 1e6), 10 + int(seconds_of(*known) / 60)


# Seconds on a slow core, three times what was measured: a row of a prediction goes through the network some 100 times,
# exact distances take time for every pair of cells.
def prediction_seconds(plan, rows):
    return 1e-9 * rows * plan["parameters"]


def predict_asks(wildcards, input):
    return asked(wildcards, input, lambda plan, info: predict_bytes(plan, info, predicted_rows(info, wildcards)),
                 lambda plan, info: prediction_seconds(plan, predicted_rows(info, wildcards)))


def score_asks(wildcards, input):
    def rows(info):
        return predicted_rows(info, wildcards), cells_around(info, wildcards.time)[1]

    return asked(wildcards, input, lambda plan, info: score_bytes(plan, info, *rows(info)),
                 lambda plan, info: 6e-7 * rows(info)[0] * rows(info)[1])


def baselines_asks(wildcards, input):
    return asked(wildcards, input, lambda plan, info: baselines_bytes(plan, info, *cells_around(info, wildcards.time)),
                 lambda plan, info: 4e-6 * max(cells_around(info, wildcards.time)) ** 2)


def file_bytes(path):
    """0 where it is to be made again; its plan may still be there."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def annotate_asks(wildcards, input):
    return asked(wildcards, input, annotate_bytes,
                 lambda plan, info: prediction_seconds(plan, plan["cells"]) + file_bytes(input.cells) / 1e7)


GRID = 17


def report_asks(wildcards, input):
    """Its prediction of the whole course takes more than the page that shows it."""
    def rows(info):
        return GRID * info["times"][0]["cells"]

    return asked(wildcards, input, lambda plan, info: predict_bytes(plan, info, rows(info)),
                 lambda plan, info: prediction_seconds(plan, rows(info)))
