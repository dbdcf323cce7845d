"""Rule sets as YAML files: reading them with every fault's place, and their JSON Schema."""

from adapters.rule_files.reading import read_rules
from adapters.rule_files.schema import schema_text

__all__ = ["read_rules", "schema_text"]
