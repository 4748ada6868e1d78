"""cfn-lint with our own rules beside its own, and checkov with its list of what we mean so. Both run offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TEMPLATES = HERE.parent / "cloudformation"
SKIPS = HERE / "skips.txt"
# What of cfn-lint's own we mean so.
IGNORED = {"W3002": "deploy.sh packages the root template: its parts are files beside it"}
TOOLS = Path(sys.executable).parent


def lint(paths, region="eu-west-2"):
    """What cfn-lint finds in templates: for each path, a list of (rule, line, message)."""
    command = [TOOLS / "cfn-lint", "--append-rules", HERE / "rules", "--regions", region, "--format", "json"]
    command += ["--ignore-checks", *IGNORED, "--template", *paths]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    # 0 finds nothing; 2, 4, 8 and their sums find something; anything else broke.
    if done.returncode & ~14 or (done.returncode and not done.stdout.strip()):
        raise RuntimeError(f"cfn-lint: {done.returncode}\n{done.stderr}")
    found = {Path(path): [] for path in paths}
    for match in json.loads(done.stdout or "[]"):
        line = match["Location"]["Start"]["LineNumber"]
        found[Path(match["Filename"])].append((match["Rule"]["Id"], line, match["Message"]))
    return found


def checkov(folder, framework="cloudformation"):
    """What checkov finds in a folder: a set of (check, file:resource)."""
    command = [TOOLS / "checkov", "--directory", folder, "--framework", framework]
    command += ["--output", "json", "--compact", "--skip-download"]
    # Without a network it must not try to reach its maker.
    quiet = {**os.environ, "LOG_LEVEL": "ERROR", "BC_SKIP_MAPPING": "TRUE"}
    done = subprocess.run(command, capture_output=True, text=True, env=quiet, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"checkov: {done.returncode}\n{done.stderr}")
    read = json.loads(done.stdout)
    if read["summary"]["parsing_errors"] or not read["summary"]["passed"]:
        raise RuntimeError(f"checkov has not read the templates: {read['summary']}")
    return {
        (failed["check_id"], f"{Path(failed['file_path']).name}:{failed['resource'].rsplit('.', 1)[-1]}")
        for failed in read["results"]["failed_checks"]
    }


def skips():
    """The lines of the skip list: what is skipped, and why."""
    lines = (line for line in SKIPS.read_text().splitlines() if line.strip() and not line.startswith("#"))
    return {(check, where): why.strip() for check, where, why in (line.split(None, 2) for line in lines)}
