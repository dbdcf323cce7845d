"""Writes the CloudFormation template of the tables: `python -m adapters.dynamodb > deploy/…`."""

import sys

from adapters.dynamodb.tables import template_text

sys.stdout.write(template_text())
