"""Writes template.yaml as CloudFormation sees it, without SAM, as JSON on standard output.

.venv-gate/bin/python scripts/expand_template.py > build/template.json
"""

import json
import os
import sys
from pathlib import Path

# Nothing is asked of AWS: the translator only wants to know for which partition it writes.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"


class NoManagedPolicies:
    """Our roles name no managed policy of AWS, so none has to be loaded."""

    def load(self) -> dict[str, str]:
        """No names."""
        return {}


def main() -> None:
    """Expand, with a place in S3 for the code, which `sam deploy` puts there."""
    template = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    template["Globals"]["Function"]["CodeUri"] = "s3://code/lambda.zip"
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
