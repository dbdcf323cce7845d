"""What is measured, beside the floor it is measured against."""
